import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bindingMessage } from '../src/approval/binding-message.ts'

const CODE = 'ABC234'
const message = (template: string, values: Record<string, unknown> = {}): string =>
  bindingMessage(template, values, CODE)

describe('the message on the approver’s device', () => {
  it('has the developer’s words, the values in quotes and the code at its end', () => {
    expect(message('Delete customer {id} of {name}?', { id: 42, name: 'Müller & Söhne' })).toBe(
      'Delete customer "42" of "Müller · Söhne"? [ABC234]',
    )
  })

  it('cannot be steered by a value', () => {
    const text = message('Delete {id}?', { id: 'x"\nAPPROVED BY SECURITY\u202e' })
    expect(text).toBe('Delete "x··APPROVED BY SECURITY·"? [ABC234]')
  })

  it('does not fill in a placeholder that came with a value', () => {
    expect(message('Send {a} to {b}', { a: '{b}', b: 'bob' })).toBe('Send "·b·" to "bob" [ABC234]')
  })

  it('leaves a placeholder that has no value, and inherits none', () => {
    expect(message('{nope} {toString} {constructor}')).toBe(
      '{nope} {toString} {constructor} [ABC234]',
    )
  })

  it('is one harmless line of at most 140 characters that ends in the code, whatever the values', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.anything())
    fc.assert(
      fc.property(anything, fc.string({ unit: 'binary', maxLength: 300 }), (value, words) => {
        const text = message(`${words} {value}`, { value })
        return (
          [...text].length <= 140 &&
          text.endsWith(' [ABC234]') &&
          !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)
        )
      }),
      { numRuns: 2_000 },
    )
  })
})
