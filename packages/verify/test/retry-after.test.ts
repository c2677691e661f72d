import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { serverTimeOf } from '../src/support/header-times.ts'
import { createAuthority } from './support/authority.ts'
import { codeOf, createTestVerifier, settle } from './support/verifier.ts'

const httpDate = (ms: number): string => new Date(ms).toUTCString()
const HOUR = 3_600_000

/** What is asked, with the seconds that are waited at least and at most. */
type Row = [string, (now: number) => Record<string, string>, number, number]

const rows: Row[] = [
  ['seconds', () => ({ 'retry-after': '30' }), 30, 33],
  ['a date', (now) => ({ 'retry-after': httpDate(now + 30_000), date: httpDate(now) }), 30, 33],
  [
    'a date, by a clock an hour ahead',
    (now) => ({ 'retry-after': httpDate(now + HOUR + 30_000), date: httpDate(now + HOUR) }),
    30,
    33,
  ],
  [
    'a date, by a clock an hour behind',
    (now) => ({ 'retry-after': httpDate(now - HOUR + 30_000), date: httpDate(now - HOUR) }),
    30,
    33,
  ],
  [
    'a date in an answer from a cache',
    (now) => ({
      'retry-after': httpDate(now + 30_000),
      date: httpDate(now - 900_000),
      age: '900',
    }),
    30,
    33,
  ],
  ['a year', () => ({ 'retry-after': '31536000' }), 300, 330],
  ['1.5', () => ({ 'retry-after': '1.5' }), 0.8, 1],
  ['-1', () => ({ 'retry-after': '-1' }), 0.8, 1],
  ['2, 2', () => ({ 'retry-after': '2, 2' }), 0.8, 1],
  ['an ISO date', (now) => ({ 'retry-after': new Date(now + 30_000).toISOString() }), 0.8, 1],
  ['nothing', () => ({}), 0.8, 1],
]

describe('Retry-After of the key service', () => {
  test.each(rows)('as %s is honoured within bounds', async (_, headersAt, least, most) => {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    const headers = headersAt(authority.clock.now())
    authority.answer = () => new Response('{}', { status: 503, headers })
    const token = await authority.sign()
    const ask = async (): Promise<number> => {
      await codeOf(verifier.verify(token))
      await settle()
      return authority.requests.length
    }
    expect(await ask()).toBe(1)
    authority.clock.advance(least * 1000 - 1)
    expect(await ask()).toBe(1)
    authority.clock.advance((most - least) * 1000 + 2)
    expect(await ask()).toBe(2)
  })
})

describe('Retry-After of the online check', () => {
  test.each(rows)('as %s is honoured within bounds', async (_, headersAt, least, most) => {
    const authority = createAuthority()
    const bundle = authority.answer
    const headers = headersAt(authority.clock.now())
    authority.answer = (url) =>
      url.pathname.endsWith('/validate')
        ? new Response('{}', { status: 429, headers })
        : bundle(url)
    const verifier = createTestVerifier(authority, { onlineCheck: { whenUnavailable: 'reject' } })
    const token = await authority.sign({ exp: Math.floor(authority.clock.now() / 1000) + 7_200 })
    const ask = async (): Promise<number> => {
      await codeOf(verifier.verify(token))
      return authority.requests.filter(({ url }) => url.pathname.endsWith('/validate')).length
    }
    expect(await ask()).toBe(1)
    authority.clock.advance(least * 1000 - 1)
    expect(await ask()).toBe(1)
    authority.clock.advance((most - least) * 1000 + 2)
    expect(await ask()).toBe(2)
  })
})

test('verifiers of one outage do not come back together', async () => {
  const times = new Set<number>()
  for (let one = 0; one < 10; one++) {
    const authority = createAuthority()
    const verifier = createTestVerifier(authority)
    authority.answer = () => new Response('{}', { status: 503 })
    const token = await authority.sign()
    for (let step = 0; step < 250; step++) {
      await codeOf(verifier.verify(token))
      authority.clock.advance(20)
    }
    for (const { at } of authority.requests.slice(1)) times.add(at)
  }
  expect(times.size).toBeGreaterThan(5)
})

test.each<[Record<string, string>, number | undefined]>([
  [{ date: 'Mon, 23 Nov 2026 12:00:00 GMT' }, 0],
  [{ date: 'Monday, 23-Nov-26 12:00:00 GMT', age: '0' }, 0],
  [{ date: 'Mon Nov 23 12:00:00 2026', age: '900' }, 900_000],
  [{ date: 'Sat Nov 07 12:00:00 2026' }, -16 * 86_400_000],
  [{ date: 'Sat Nov  7 12:00:00 2026' }, -16 * 86_400_000],
  [{ date: 'Mon, 23 Nov 2026 12:00:60 GMT' }, 60_000],
  [{ date: 'Mon, 31 Nov 2026 12:00:00 GMT' }, undefined],
  [{ date: 'Mon, 23 Nov 2026 24:00:00 GMT' }, undefined],
  [{ date: 'Mon, 23 Nov 2026 12:00:00 CET' }, undefined],
  [{ date: 'Mon, 23 Nov 2026 12:00:00 GMT', age: '1.5' }, undefined],
  [{ age: '900' }, undefined],
])('the server time of %j is %s ms after noon', (headers, expected) => {
  const noon = Date.UTC(2026, 10, 23, 12)
  const time = serverTimeOf(headers)
  expect(time === undefined ? undefined : time - noon).toBe(expected)
})

test('the reading of times is that of core', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
  expect(read('../src/support/header-times.ts')).toBe(
    read('../../core/src/support/header-times.ts'),
  )
})
