import { costRatio } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUntrustedJson } from '../src/adapter.ts'

const parsed = (json: string): unknown => parseUntrustedJson(json, 200).value

/** What the reader does for every number, whatever it looks like. */
function exact(json: string): unknown {
  const revive = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number') return value
    const isExact = Number.isFinite(value) && (value % 1 !== 0 || Number.isSafeInteger(value))
    return isExact ? value : context?.source
  }
  return JSON.parse(json, revive)
}

describe('numbers of an answer', () => {
  it.each([
    ['[12345678901234567890]', ['12345678901234567890']],
    ['{"a":-9007199254740993}', { a: '-9007199254740993' }],
    ['[1e999,-1E400]', ['1e999', '-1E400']],
    ['[1.5e310,0.1e+400]', ['1.5e310', '0.1e+400']],
    ['["\\"",12345678901234567]', ['"', '12345678901234567']],
    ['[9007199254740992.0]', ['9007199254740992.0']],
    ['[1.00000000000000000000e30]', ['1.00000000000000000000e30']],
  ])('that JavaScript cannot hold stay texts: %s', (json, expected) => {
    expect(parsed(json)).toEqual(expected)
  })

  it.each(['[0.12345678901234567,1e5,1E-7]', '["1e999","12345678901234567890"]', '[true,1,false]'])(
    'that it can hold stay numbers, and texts stay texts: %s',
    (json) => expect(parsed(json)).toEqual(JSON.parse(json)),
  )

  it('are read as if each were looked at', () => {
    const digits = fc.stringMatching(
      /^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/,
    )
    const text = fc.string().map((value) => JSON.stringify(value))
    fc.assert(
      fc.property(fc.array(fc.oneof(digits, text)), (items) => {
        const json = `[${items.join(',')}]`
        expect(parsed(json)).toEqual(exact(json))
      }),
    )
  })

  it.each([
    ['UUIDs', '7e1f0c4e-3e5a-4b1e-9e2d-1e4f5e6f7e8f'],
    ['long digits in texts', '12345678901234567890-12345678901234'],
    ['the words of exponents', 'item 1e5 of 2e7, and 3E8 of all 9e9'],
    ['escapes that spell no name', '\u2028é\u0001'],
  ])('cost nothing where there are only %s', (_what, value) => {
    const listOf = (text: string): string =>
      JSON.stringify(Array.from({ length: 5_000 }, () => text))
    const plain = listOf('x'.repeat(value.length))
    const looksOdd = listOf(value).replaceAll('é', '\\u00e9')
    const ratio = costRatio(
      () => parsed(looksOdd),
      () => parsed(plain),
    )
    expect(ratio).toBeLessThan(4)
  })
})
