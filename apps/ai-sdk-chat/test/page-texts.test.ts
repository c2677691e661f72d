import { describe, expect, it } from 'vitest'
import { outcomeOf } from '../page/outcomes.ts'
import { shownText } from '../page/shown-text.ts'

describe('what the page says of a call', () => {
  it.each([
    'approval_denied',
    'approval_expired',
    'approval_cancelled',
    'approval_mismatch',
    'approval_rate_limited',
    'approval_invalid',
    'missing_permission',
  ])('after %s names that nothing was deleted', (code) => {
    const { tone, text } = outcomeOf({ ok: false, code, message: 'Why.' }, false)
    expect([tone, text]).toEqual(['bad', expect.stringContaining('Nothing was deleted.')])
  })

  it.each([
    [
      'a call whose answer was lost',
      { ok: false, code: 'connection_failed', message: 'Why.' },
      true,
    ],
    ['an API that refused', { ok: false, code: 'http_404', message: 'Why.' }, true],
    [
      'an approval that was used before',
      { ok: false, code: 'approval_used', message: 'Why.' },
      true,
    ],
    ['an approval that was used before, by its view', { ok: false, code: 'approval_used' }, false],
  ])('of %s does not claim that nothing was deleted', (_what, output, wasApproved) => {
    const { tone, text } = outcomeOf(output, wasApproved)
    expect([tone, text]).toEqual(['unclear', expect.stringMatching(/Look whether the record/)])
    expect(text).not.toContain('Nothing was deleted')
  })

  it.each([
    ['success', { ok: true, status: 200, data: null }],
    [
      'success with an answer that cannot be used',
      { ok: false, code: 'bad_json', carriedOut: true },
    ],
  ])('of %s is that the record is deleted', (_what, output) => {
    expect(outcomeOf(output, true)).toMatchObject({ tone: 'good', title: 'Approved and deleted' })
  })

  it.each([undefined, null, 'text', { ok: 'yes' }, { code: '__proto__' }, { code: 'constructor' }])(
    'of %j is a sentence too',
    (output) => {
      expect(outcomeOf(output, false)).toMatchObject({ tone: 'bad', title: 'Not executed' })
    },
  )
})

describe('a text on the page', () => {
  it.each([
    ['an override', 'a\u202eb', 'a[U+202E]b'],
    ['an isolate', '\u2066a\u2069', '[U+2066]a[U+2069]'],
    ['a zero-width space', 'a\u200bb', 'a[U+200B]b'],
    ['a control character', 'a\u0007\u009bb', 'a[U+0007][U+009B]b'],
    ['a tag character', 'a\u{e0041}', 'a[U+E0041]'],
    ['half of a pair', 'a\ud800b', 'a[U+D800]b'],
  ])('shows %s', (_what, text, shown) => {
    expect(shownText(text)).toBe(shown)
  })

  it.each(['Zeile 1\nZeile 2\t3', '👩‍👩‍👧', 'می‌خواهم', 'שלום', 'e\u0301'])(
    'leaves %j as it is',
    (text) => {
      expect(shownText(text)).toBe(text)
    },
  )
})
