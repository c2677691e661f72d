import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { costRatio } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { hides } from '../src/scrub/disguises.ts'
import { createScrubber } from '../src/scrub/secret-scrubber.ts'
import { holdsToken, tokenRuns } from '../src/scrub/token-runs.ts'
import { createClientIdRedactor } from '../src/support/redact-client-id.ts'
import { IssuedToken } from '../src/token/delegation-token.ts'

function tokenOf(claims: number): IssuedToken {
  const [payload, signature] = [randomBytes(claims), randomBytes(256)]
  const value = `eyJhbGciOiJSUzI1NiJ9.${payload.toString('base64url')}.${signature.toString('base64url')}`
  const facts = { subject: '', redactedSubject: '', permissions: [], audience: [] }
  const times = { expiresAt: new Date(0), issuedAt: undefined, tenantId: undefined }
  return new IssuedToken(value, { ...facts, ...times })
}

function scrubberFor(token: IssuedToken): (text: string) => string {
  const { text } = createScrubber(token, createClientIdRedactor(randomUUID()))
  return (sent) => text(sent).value
}

const SIZE = 200_000
const textOf = (write: (index: number) => string): string => {
  let text = ''
  for (let index = 0; text.length < SIZE; index++) text += `"${write(index)}",`
  return text
}

const texts: readonly [string, string][] = [
  ['UUIDs', textOf(() => randomUUID())],
  ['digests in hex', textOf(() => randomBytes(32).toString('hex'))],
  ['files in base64', textOf(() => randomBytes(3_000).toString('base64'))],
  ['long numbers', textOf(() => String(Math.random()))],
  ['identifiers', textOf((index) => `customer_account_number_${index}`)],
  ['letters with accents as escapes', textOf(() => 'Gr\\u00fc\\u00dfe \\n \\"')],
  ['letters beyond Latin', textOf(() => 'привет 東京都 Łódź')],
  ['addresses with escapes', textOf((index) => `https://example.com/${index}?q=a%20b%2Fc`)],
]

describe('the search for secrets', () => {
  /** Reading each character once is the least that a search can cost. */
  function readOnce(text: string): void {
    let sum = 0
    for (let index = 0; index < text.length; index++) sum += text.charCodeAt(index)
    expect(sum).toBeGreaterThan(0)
  }

  it.each(texts)('costs little in a text of %s, and leaves it alone', (_what, text) => {
    const scrub = scrubberFor(tokenOf(600))
    expect(scrub(text)).toBe(text)
    expect(
      costRatio(
        () => scrub(text),
        () => readOnce(text),
      ),
    ).toBeLessThan(30)
  })

  it('costs about as much for a token of 60 KiB as for a short one', () => {
    const [, text = ''] = texts[2] ?? []
    const [short, long] = [scrubberFor(tokenOf(600)), scrubberFor(tokenOf(45_000))]
    expect(long(text)).toBe(text)
    expect(
      costRatio(
        () => long(text),
        () => short(text),
      ),
    ).toBeLessThan(15)
  })

  it('finds 16 characters of the token at any place of a text and of the token', () => {
    const token = tokenOf(600)
    const scrub = scrubberFor(token)
    const [, payload = '', signature = ''] = token.value.split('.')
    for (const part of [payload, signature]) {
      for (let start = 0; start + 16 <= part.length; start++) {
        const run = part.slice(start, start + 16)
        for (const before of ['', ' '.repeat(start % 17), 'Ł'.repeat(start % 13)]) {
          expect(scrub(`${before} ${run}"`)).toBe(`${before} [REDACTED]"`)
        }
      }
    }
  })

  it.each<[string, (text: string) => string]>([
    ['base64', (text) => Buffer.from(text).toString('base64')],
    ['base64url', (text) => Buffer.from(text).toString('base64url')],
    ['hex', (text) => Buffer.from(text).toString('hex')],
    ['hex in upper case', (text) => Buffer.from(text).toString('hex').toUpperCase()],
    ['base64 of base64', (text) => btoa(btoa(text))],
    ['hex of base64', (text) => Buffer.from(btoa(text)).toString('hex')],
    ['percent escapes of base64', (text) => encodeURIComponent(`${btoa(text)}==`)],
    ['base64 of percent escapes', (text) => btoa(text.replace(/[0-9]/g, (digit) => `%3${digit}`))],
  ])('finds 16 characters of the token in %s, wherever they begin', (_how, write) => {
    const token = tokenOf(600)
    const scrub = scrubberFor(token)
    const [, payload = ''] = token.value.split('.')
    for (let start = 0; start < 64; start++) {
      const run = payload.slice(start, start + 18)
      const text = `${'é '.repeat(start % 16)}"${write(`${'~'.repeat(start % 5)}${run}`)}" and more`
      expect(scrub(text)).toContain('[REDACTED]')
      expect(scrub(text)).toContain(' and more')
    }
  })

  it.each(['\\', '\\\\', 'a\\', '"\\'])(
    'finds 16 characters of the token directly after %s',
    (before) => {
      const token = tokenOf(600)
      const scrub = scrubberFor(token)
      const [, payload = ''] = token.value.split('.')
      for (let start = 0; start + 16 <= payload.length; start++) {
        const run = payload.slice(start, start + 16)
        expect(scrub(`${before}${run}`)).not.toContain(run)
      }
    },
  )

  it('finds a secret across each border of the pieces in which a long text is read', () => {
    const token = tokenOf(600)
    const scrub = scrubberFor(token)
    const run = token.value.split('.')[2]?.slice(40, 60) ?? ''
    for (let start = 16_384 - 24; start < 16_384 + 8; start++) {
      for (const written of [run, btoa(run), Buffer.from(run).toString('hex')]) {
        expect(scrub(`${' '.repeat(start)}${written} `)).toBe(`${' '.repeat(start)}[REDACTED] `)
      }
    }
  })

  it('finds in generated texts what a search of each word for every disguise finds', () => {
    const token = tokenOf(600)
    const scrub = scrubberFor(token)
    const { json } = createScrubber(token, createClientIdRedactor(randomUUID()))
    const known = tokenRuns(token)
    const isSecret = (text: string): boolean => holdsToken(text, known)
    let found = 0
    for (let turn = 0; turn < 4_000; turn++) {
      const word = wordWith(token)
      const text = `${'é '.repeat(randomInt(12))}"${word}", and more`
      const clean = scrub(text)
      expect(clean !== text, text).toBe(hides(word, isSecret))
      // So what was scrubbed as a text without escapes needs no second search when it has been parsed.
      expect(json([clean, { [clean]: 1 }]).redacted, text).toBe(false)
      found += Number(clean !== text)
    }
    expect(found).toBeGreaterThan(1_000)
    expect(found).toBeLessThan(3_500)
  })
})

/** Up to 40 characters of a token, or noise, between other bytes and encoded in one of several ways, or not at all. */
function wordWith(token: IssuedToken): string {
  const [, payload = ''] = token.value.split('.')
  const start = randomInt(payload.length - 40)
  const run = payload.slice(start, start + randomInt(8, 40))
  const noise = (): string => randomBytes(randomInt(12)).toString('base64url')
  const bytes = Buffer.from(`${noise()}${randomInt(3) === 0 ? noise() : run}${noise()}`)
  const written = [
    bytes.toString(),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    Buffer.from(bytes.toString('hex')).toString('base64'),
    Buffer.from(bytes.toString('base64')).toString('base64url'),
  ]
  return `${noise()}${written[randomInt(written.length)]}`
}
