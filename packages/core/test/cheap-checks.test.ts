import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUntrustedJson } from '../src/adapter.ts'
import { surveyJson } from '../src/call/json-survey.ts'
import { isLoopbackAddress } from '../src/network/forbidden-addresses.ts'
import { isLocalUrl, isSecureUrl } from '../src/network/network-guard.ts'

/** Each check here has a fast way; the slow one is written out beside it. */
const RUNS = { numRuns: 3_000 }

describe('the check for plain http to this machine', () => {
  const slow = (url: URL): boolean =>
    /^localhost\.?$/.test(url.hostname) || isLoopbackAddress(url.hostname)

  it.each([
    ['127.0.0.1', true],
    ['127.1', true],
    ['0x7f.0.0.1', true],
    ['2130706433', true],
    ['0177.0.0.1', true],
    ['[::1]', true],
    ['[::ffff:127.0.0.1]', true],
    ['LOCALHOST.', true],
    ['127.0.0.1.example.com', false],
    ['127.0.0.1.', true],
    ['128.0.0.1', false],
    ['1.127.0.0', false],
    ['localhost.example.com', false],
    ['[::2]', false],
  ])('answers for %s: %s', (host, isLocal) => {
    const url = new URL(`http://${host}/`)
    expect([isSecureUrl(url), isLocalUrl(url), slow(url)]).toEqual([isLocal, isLocal, isLocal])
  })

  it('answers for generated hosts as the comparison of the bits of an address does', () => {
    const number = fc.oneof(
      fc.constantFrom('127', '0', '1', '0x7f', '0177', '255', '128'),
      fc.nat({ max: 300 }).map(String),
    )
    const numbers = fc.array(number, { minLength: 1, maxLength: 5 }).map((all) => all.join('.'))
    const host = fc.oneof(
      numbers,
      numbers.map((text) => `${text}.`),
      fc.constantFrom('localhost', 'localhost.', 'localhosts', 'a.localhost', '127.0.0.x'),
      fc.ipV6().map((address) => `[${address}]`),
      fc.domain(),
    )
    fc.assert(
      fc.property(host, (name) => {
        const url = URL.parse(`http://${name}/`)
        if (url) expect([isSecureUrl(url), isLocalUrl(url)]).toEqual([slow(url), slow(url)])
      }),
      RUNS,
    )
  })
})

/** Depth, values and odd numbers, by characters outside strings; names by the parsed strings. */
function slowSurvey(json: string): ReturnType<typeof surveyJson> {
  const strings = json.match(/"(?:[^"\\]|\\.)*"/gs) ?? []
  const rest = json.replace(/"(?:[^"\\]|\\.)*"/gs, '""')
  let depth = 0
  let deepest = 0
  for (const character of rest) {
    if (/[[{]/.test(character)) deepest = Math.max(deepest, ++depth)
    else if (/[\]}]/.test(character)) depth--
  }
  const values = rest.match(/[[{,]/g)?.length ?? 0
  const isBounded = deepest <= 64 && values <= 100_000
  const mayHaveUnsafeName = strings.some((text) => /^"(_.{8}|c.{10})"$/s.test(text))
  if (!isBounded) return { isBounded, hasOddNumber: false, mayHaveUnsafeName: false }
  const hasOddNumber = /(?<![.\d])\d{16}|\d[eE]/.test(rest)
  return { isBounded, hasOddNumber, mayHaveUnsafeName }
}

describe('the survey of JSON', () => {
  const name = fc.constantFrom('__proto__', 'constructor', '_2345678_', 'c2345678901', 'x"y', '1e4')
  const word = fc.oneof(
    name,
    fc.string({ unit: 'grapheme-ascii' }).filter((text) => !/^[_c]/.test(text)),
  )
  const number = fc.constantFrom(
    '0',
    '1e5',
    '1E-7',
    '1234567890123456',
    '0.1234567890123456789',
    '-12.5',
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      number,
      word.map((text) => JSON.stringify(text)),
      fc.array(tie('value')).map((all) => `[${all.join(' , ')}]`),
      fc
        .array(fc.tuple(word, tie('value')))
        .map((all) => `{${all.map(([key, one]) => `${JSON.stringify(key)}:${one}`).join(',')}}`),
    ),
  }))

  it('of bytes finds in generated JSON what a search of its text finds', () => {
    fc.assert(
      fc.property(value, (json) => {
        expect(surveyJson(Buffer.from(String(json)))).toEqual(slowSurvey(String(json)))
      }),
      RUNS,
    )
  })

  it('takes no byte of a longer character for a quote, a backslash or a digit', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const json = JSON.stringify(texts)
        expect(surveyJson(Buffer.from(json)).hasOddNumber).toBe(false)
        expect(parseUntrustedJson(json, 200).value).toEqual(JSON.parse(json))
      }),
      RUNS,
    )
  })

  it.each([
    ['64 levels', '['.repeat(64) + ']'.repeat(64), true],
    ['65 levels', '['.repeat(65) + ']'.repeat(65), false],
    ['65 levels after a text with brackets', `["${']'.repeat(9)}",${'{"a":'.repeat(64)}1`, false],
    ['100 000 values', `[${'1,'.repeat(99_999)}1]`, true],
    ['100 001 values', `[${'1,'.repeat(100_000)}1]`, false],
    ['a text that does not end', '["abc', true],
    ['a text that ends in a backslash', '["abc\\', true],
  ])('knows the bounds for %s', (_what, json, isBounded) => {
    expect(surveyJson(Buffer.from(json)).isBounded).toBe(isBounded)
  })

  it.each(['{"__proto__":{"a":1},"b":2}', '{"\\u005f_proto__":{"a":1},"b":2}'])(
    'leaves no name of a prototype in %s',
    (json) => expect(parseUntrustedJson(json, 200)).toEqual({ value: { b: 2 }, droppedKeys: 1 }),
  )
})
