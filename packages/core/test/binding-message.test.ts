import { thrown } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bindingMessage } from '../src/message/binding-message.ts'
import { checkApprovalRule } from '../src/policy/resource-policy.ts'

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
    expect(text).toBe(String.raw`Delete "x·\u{a}APPROVED BY SECURITY\u{202e}"? [ABC234]`)
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
    const words = fc
      .string({ unit: 'binary', maxLength: 80 })
      .map((text) => text.replace(/[\p{DI}--\p{Cf}]/gv, ''))
    fc.assert(
      fc.property(anything, anything, words, (a, b, developers) => {
        const text = message(`${developers} {a}, {b}`, { a, b })
        const withoutEmoji = text.replace(/\p{RGI_Emoji}/gv, '')
        return (
          [...text].length <= 140 &&
          text.endsWith(' [ABC234]') &&
          !/[\p{C}\p{Zl}\p{Zp}\p{DI}]/v.test(withoutEmoji)
        )
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the room of a message', () => {
  const long = 'x'.repeat(300)
  const text = (length: number): string => 'a'.repeat(length)

  it.each([
    ['Pay {note} to {name}: {amount}', { note: long, name: long, amount: '1000000 EUR' }],
    ['{note}{note}{note}{amount}', { note: long, amount: '1000000 EUR' }],
    [
      'Note {a}, {b}, {c}, {d}, {e}. Amount: {amount}',
      { a: long, b: long, c: long, d: long, e: long, amount: '1000000 EUR' },
    ],
    [
      'Move {amount} with {note}, {more} and {most}',
      { amount: '1000000 EUR', note: long, more: '\u3164'.repeat(60), most: long },
    ],
    [`${text(80)} {note}, {amount}?`, { note: long, amount: '1000000 EUR' }],
  ])('is shared, so that long values do not push a short one out of %j', (template, values) => {
    const shown = message(template, values)
    expect(shown).toContain('"1000000 EUR"')
    expect([...shown].length).toBeLessThanOrEqual(140)
    for (const words of template.split(/\{\w+\}/)) expect(shown).toContain(words.trim())
  })

  it('is shared equally by long values, each of which shows that it is cut', () => {
    const shown = message('Send {a}, {b}, {c}, {d}', { a: long, b: 'bob', c: long, d: long })
    const values = [...shown.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value)
    expect(values[1]).toBe('bob')
    const [a, , c, d] = values
    expect(a).toMatch(/^x{25,39}…$/)
    expect([c, d]).toEqual([a, a])
  })

  it('is never taken from the developer’s text', () => {
    expect(message(text(131))).toBe(`${text(131)} [ABC234]`)
    const shown = message(`${text(110)} {a}!`, { a: long })
    expect(shown).toBe(`${text(110)} "${'x'.repeat(16)}…"! [ABC234]`)
  })

  it.each([
    [`${text(125)} {a}`, { a: 'four' }],
    [`${text(115)} {a} {b}`, { a: 'x', b: long }],
    [
      '{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}',
      Object.fromEntries([...'abcdefghij'].map((name) => [name, long])),
    ],
    [`${text(120)} {a}`, { a: '\u202e'.repeat(3) }],
    [text(132), {}],
  ])('is not exceeded: the question %j is refused', (template, values) => {
    const error = thrown(() => message(template, values))
    expect(error).toMatchObject({ name: 'ApprovalError', code: 'message_too_long' })
  })

  it('is checked when a rule is made, as far as the developer’s text fills it', () => {
    const rule = (words: string) => () => checkApprovalRule({ message: words }, 'approval')
    const words = [text(132), `${text(130)}{a}`, `${text(60)}{a}${text(60)}{b}${text(10)}{c}`]
    for (const one of words) {
      expect(thrown(rule(one))).toMatchObject({
        name: 'ConfigError',
        message: expect.stringMatching(/^approval\.message is too long/),
      })
    }
    for (const one of [text(131), `${text(129)}{a}`, ` ${text(131)} `]) rule(one)()
  })
})

describe('a value in a message', () => {
  const shown = (value: unknown): string | undefined =>
    /^Pay "(.*)" now \[/.exec(message('Pay {value} now', { value }))?.[1]

  it.each([
    ['a Hangul filler', '5\u31640', '5\\u{3164}0'],
    ['a Hangul choseong filler', 'a\u115f', 'a\\u{115f}'],
    ['a Hangul jungseong filler', '\u1160a', '\\u{1160}a'],
    ['a halfwidth Hangul filler', 'a\uffa0b', 'a\\u{ffa0}b'],
    ['a Khmer inherent vowel', 'a\u17b4b', 'a\\u{17b4}b'],
    ['a zero-width space', '1\u200b00', '1\\u{200b}00'],
    ['a zero-width joiner between letters', 'a\u200db', 'a\\u{200d}b'],
    ['a zero-width no-break space', '\ufeffa', '\\u{feff}a'],
    ['a word joiner', 'a\u2060b', 'a\\u{2060}b'],
    ['a grapheme joiner', 'a\u034fb', 'a\\u{34f}b'],
    ['a soft hyphen', 'a\u00adb', 'a\\u{ad}b'],
    ['a variation selector', 'a\ufe0fb', 'a\\u{fe0f}b'],
    ['a variation selector of plane 14', 'a\u{e0101}b', 'a\\u{e0101}b'],
    ['a tag', 'a\u{e0041}b', 'a\\u{e0041}b'],
    ['a Mongolian vowel separator', 'a\u180eb', 'a\\u{180e}b'],
    ['an invisible times', '2\u20623', '2\\u{2062}3'],
    ['an interlinear annotation', 'a\ufff9b', 'a\\u{fff9}b'],
    ['a musical control', 'a\u{1d173}b', 'a\\u{1d173}b'],
    ['a blank braille pattern', 'a\u2800b', 'a\\u{2800}b'],
    ['a line feed', 'a\nb', 'a\\u{a}b'],
    ['a NUL', 'a\0b', 'a\\u{0}b'],
    ['an escape character', 'a\x1b[1mb', 'a\\u{1b}·1mb'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['a private character', 'a\ue000b', 'a\\u{e000}b'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['an override', '\u202e001', '\\u{202e}001'],
    ['an isolate', 'a\u2067b\u2069', 'a\\u{2067}b\\u{2069}'],
    ['an Arabic letter mark', 'a\u061cb', 'a\\u{61c}b'],
    ['a stroke through a digit', '10\u03380', '10\\u{338}0'],
    ['a stroke through a letter', 'a\u0336b', 'a\\u{336}b'],
    ['an enclosing mark', 'a\u20e0b', 'a\\u{20e0}b'],
    ['a mark without a letter', '\u0301a', '\\u{301}a'],
    ['a fifth mark', `q${'\u0316'.repeat(5)}`, `q${'\u0316'.repeat(4)}\\u{316}`],
    ['joined emoji that are no emoji', '😀\u200d😀', '😀\\u{200d}😀'],
  ])('shows %s as an escape', (_what, value, expected) => {
    expect(shown(value)).toBe(expected)
  })

  it.each([
    ['Hebrew before digits', 'שלום 100'],
    ['digits before Arabic', '100 مرحبا'],
    ['Hebrew among Latin', 'a שלום b'],
    ['Arabic with Arabic digits', 'مرحبا ٣'],
    ['two Arabic numbers', '١٢-٣٤'],
    ['Thaana and Latin', 'ހ a'],
    ['Adlam and digits', '𞤀 1'],
    ['Hebrew with an escape', 'ש\u200bל'],
    ['a Hebrew presentation form and a digit', 'ﬡ1'],
  ])('has no right-to-left character when it mixes directions: %s', (_what, value) => {
    expect(shown(value)).not.toMatch(rightToLeft)
    expect(shown(value)).toMatch(/\\u\{[0-9a-f]+\}/)
  })

  it.each([
    'שלום עולם',
    'בְּרֵאשִׁית',
    'مرحبا بالعالم',
    '١٢٣',
    'नमस्ते दुनिया',
    'ภาษาไทย',
    '東京都港区',
    '가나다',
    'ありがとう、',
    'Đặng Thị Hồng',
    'Ωμέγα-3',
    'Ünïcödé 7,50',
    'ok 👍🏽',
    'x 👩‍👩‍👧‍👦 y ❤️',
    '🇩🇪 1️⃣',
  ])('shows %j as it is', (value) => {
    expect(shown(value)?.replaceAll('·', '、')).toBe(value.normalize('NFC'))
  })

  it.each([
    ['Move {a} {b} now', { a: 'שלום', b: '100' }, /^Move "\\u/],
    ['From {a} → {b} now', { a: 'שלום', b: 'עולם' }, /^From "\\u.*→ "עולם" now/],
    ['{a} gets {b} now', { a: 'שלום', b: '100' }, /^"\\u/],
    ['Pay {a}: 100 now', { a: 'مرحبا' }, /^Pay "\\u/],
    ['Pay {a}{b} now', { a: '١٢٣', b: '٤٥' }, /^Pay "\\u.*""٤٥" now/],
  ])('keeps its place in %j', (template, values, expected) => {
    expect(message(template, values)).toMatch(expected)
  })

  it.each([
    ['Delete {a}?', { a: 'שלום' }, 'Delete "שלום"? [ABC234]'],
    ['Move {a} to {b}', { a: 'שלום', b: 'עולם' }, 'Move "שלום" to "עולם" [ABC234]'],
    ['למחוק את {a}?', { a: 'שלום' }, 'למחוק את "שלום"? [ABC234]'],
    ['Pay {b} to {a}', { a: 'שלום', b: 100 }, 'Pay "100" to "שלום" [ABC234]'],
  ])('is readable where letters stand on both sides: %j', (template, values, expected) => {
    expect(message(template, values)).toBe(expected)
  })

  it('cannot imitate an escape, and is not cut within one', () => {
    expect(shown('\\u{202e}')).toBe('·u·202e·')
    expect(shown('\u202e'.repeat(30))).toMatch(/^(\\u\{202e\})+…$/)
    expect(shown('👩‍👩‍👧‍👦'.repeat(30))).toMatch(/^(👩‍👩‍👧‍👦)+…$/u)
  })

  it.each([
    [Number.NaN, 'NaN'],
    [-1e21, '-1e+21'],
    [5n, '5'],
    [undefined, 'undefined'],
    [{ n: 5n }, '··n·:·5··'],
  ])('of another type is shown as its text', (value, expected) => {
    expect(shown(value)).toBe(expected)
  })
})

const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Thaana}\p{Script=Adlam}]/u
