import {
  createFakeClock,
  type FakeClock,
  rejection,
  sendJson,
  startServer,
  testClient,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { nextInterval } from '../src/approval/wait-for-approval.ts'
import { readPoll } from '../src/channels/ciba-answers.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { createEngine, failure } from './support/stub-api.ts'

const CLIENT_ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
const CEILING_MS = 300_000
/** The ceiling, and the tenth that spreads clients. */
const LONGEST_MS = CEILING_MS * 1.1

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const httpDate = (ms: number): string => new Date(ms).toUTCString()

/** Lets the clock run, a little at a time so that real answers can come in, until the work is done. */
async function passing<T>(clock: FakeClock, work: Promise<T>, stepMs = 250): Promise<T> {
  const settled = work.then(
    () => true,
    () => true,
  )
  const step = async (): Promise<false> => {
    await clock.advance(stepMs)
    await new Promise((resolve) => setTimeout(resolve, 2))
    return false
  }
  while (!(await Promise.race([settled, step()])));
  return work
}

interface Pulled {
  readonly clock: FakeClock
  readonly client: AuthSecClient
  readonly events: AuthSecEvent[]
}

interface Answer {
  readonly claims?: (seconds: number) => object
  readonly fields?: (ms: number) => object
  readonly headers: (ms: number) => Record<string, string>
}

/** A client that pulled a token of an hour from a server, which then is out of order. */
async function pulled({ claims, fields, headers }: Answer): Promise<Pulled> {
  const clock = createFakeClock()
  const events: AuthSecEvent[] = []
  const seconds = clock.now() / 1000
  const times = { iat: seconds, exp: seconds + 3_600, ...claims?.(seconds) }
  const token = `${part({ alg: 'RS256' })}.${part({ sub: 'spiffe://s', aud: ['a'], ...times })}.c2ln`
  await using server = await startServer((_request, response) => {
    response.sendDate = false
    sendJson({ token, ...fields?.(clock.now()) }, 200, headers(clock.now()))(response)
  })
  const client = createAuthSecClient({
    baseUrl: server.baseUrl,
    clientId: CLIENT_ID,
    clock,
    onEvent: (event) => events.push(event),
  })
  await client.getDelegationToken()
  return { clock, client, events }
}

const skews = ({ events }: Pulled): AuthSecEvent[] =>
  events.filter((event) => event.type === 'warning' && event.code === 'clock_skew')

describe('a token is not served after its expiry', () => {
  const date = (ms: number): Record<string, string> => ({ date: httpDate(ms) })

  it.each<[string, Answer]>([
    ['iat is in milliseconds', { claims: (now) => ({ iat: now * 1_000 }), headers: date }],
    ['iat is in microseconds', { claims: (now) => ({ iat: now * 1e6 }), headers: date }],
    ['iat is after exp', { claims: (now) => ({ iat: now + 7_200 }), headers: date }],
    ['iat is exp', { claims: (now) => ({ iat: now + 3_600 }), headers: date }],
    ['iat lies years back', { claims: () => ({ iat: 1 }), headers: date }],
    ['iat is a text', { claims: (now) => ({ iat: String(now) }), headers: date }],
    [
      'expires_at comes before iat',
      {
        claims: (now) => ({ iat: now + 50 }),
        fields: (ms) => ({ expires_at: new Date(ms + 40_000).toISOString() }),
        headers: date,
      },
    ],
    [
      'the answer was in a cache for 900 s',
      { headers: (ms) => ({ date: httpDate(ms - 900_000), age: '900' }) },
    ],
    [
      'the answer was in a cache for 3 s',
      { headers: (ms) => ({ date: httpDate(ms - 3_000), age: '3' }) },
    ],
    ['the Date comes before iat', { headers: (ms) => ({ date: httpDate(ms - 900_000) }) }],
    ['the Date is of 1970', { headers: () => ({ date: httpDate(0) }) }],
    [
      'the Date lies two days back, and iat with it',
      {
        claims: (now) => ({ iat: now - 80_000 }),
        headers: (ms) => ({ date: httpDate(ms - 90_000_000) }),
      },
    ],
    ['the Date is a number', { headers: (ms) => ({ date: String(ms / 1000) }) }],
    ['the Date is ISO 8601', { headers: (ms) => ({ date: new Date(ms - 9e5).toISOString() }) }],
    [
      'the Date names a day that does not exist',
      { headers: () => ({ date: 'Mon, 31 Nov 2026 12:00:00 GMT' }) },
    ],
    ['the Date has another zone', { headers: () => ({ date: 'Mon, 23 Nov 2026 12:00:00 +0100' }) }],
    ['the Age is malformed', { headers: (ms) => ({ date: httpDate(ms - 900_000), age: '-900' }) }],
    ['the Age is a text', { headers: (ms) => ({ date: httpDate(ms - 900_000), age: 'old' }) }],
    ['the Age is a year', { headers: (ms) => ({ date: httpDate(ms), age: String(365 * 86_400) }) }],
  ])('when %s, and no clock is blamed', async (_what, answer) => {
    const one = await pulled(answer)
    expect(skews(one)).toEqual([])
    await one.clock.advance(3_601_000)
    expect(await rejection(passing(one.clock, one.client.getDelegationToken()))).toMatchObject({
      code: 'network_error',
    })
  })

  it.each<[string, Answer]>([
    ['the server has sent no Date', { headers: () => ({}) }],
    ['the Date is an obsolete one of RFC 850', { headers: rfc850 }],
    ['the Date is an obsolete one of asctime', { headers: asctime }],
    ['iat is in milliseconds', { claims: (now) => ({ iat: now * 1_000 }), headers: date }],
    [
      'the answer was in a cache',
      { headers: (ms) => ({ date: httpDate(ms - 900_000), age: '900' }) },
    ],
  ])('and served for all of its life when %s', async (_what, answer) => {
    const one = await pulled(answer)
    expect(skews(one)).toEqual([])
    await one.clock.advance(3_590_000)
    await expect(passing(one.clock, one.client.getDelegationToken())).resolves.toBeDefined()
  })

  it('follows the server where the local clock is wrong, in every form of a Date', async () => {
    for (const form of [date, rfc850, asctime]) {
      // Ten minutes behind the server: the token ends ten minutes sooner than the local clock says.
      const one = await pulled({ headers: (ms) => form(ms + 600_000) })
      expect(skews(one)).toHaveLength(1)
      await one.clock.advance(3_002_000)
      await rejection(passing(one.clock, one.client.getDelegationToken()))
    }
  })
})

function rfc850(ms: number): Record<string, string> {
  const [, day, month, year, time] = httpDate(ms).split(' ')
  const weekday = new Date(ms).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' })
  return { date: `${weekday}, ${day}-${month}-${year?.slice(2)} ${time} GMT` }
}

function asctime(ms: number): Record<string, string> {
  const [weekday, day, month, year, time] = httpDate(ms).split(' ')
  return { date: `${weekday?.slice(0, 3)} ${month} ${day?.replace(/^0/, ' ')} ${time} ${year}` }
}

describe('Retry-After of AuthSec', () => {
  /** How long a client waits that gets this 429 once, and a failure with which it does not wait. */
  async function pauseAfter(
    headers: (ms: number) => Record<string, string>,
    limits: { timeoutMs?: number } = {},
  ) {
    const clock = createFakeClock()
    const times: number[] = []
    await using server = await startServer((_request, response) => {
      times.push(clock.monotonic())
      response.sendDate = false
      sendJson({}, times.length === 1 ? 429 : 404, headers(clock.now()))(response)
    })
    const { timeoutMs = 600_000 } = limits
    const baseUrl = server.baseUrl
    const options = { clientId: CLIENT_ID, clock, timeoutMs, rateLimit: { queueMs: 60_000 } }
    const client = createAuthSecClient({ baseUrl, ...options })
    const error = await rejection(passing(clock, client.getDelegationToken()))
    const [first = 0, second] = times
    return { error, pause: second === undefined ? undefined : second - first, now: clock.now() }
  }

  const HOUR = 3_600_000

  it.each<[string, (ms: number) => Record<string, string>]>([
    ['seconds', () => ({ 'retry-after': '20' })],
    ['a date', (ms) => ({ 'retry-after': httpDate(ms + 20_000), date: httpDate(ms) })],
    [
      'a date, by a clock an hour ahead',
      (ms) => ({ 'retry-after': httpDate(ms + HOUR + 20_000), date: httpDate(ms + HOUR) }),
    ],
    [
      'a date, by a clock an hour behind',
      (ms) => ({ 'retry-after': httpDate(ms - HOUR + 20_000), date: httpDate(ms - HOUR) }),
    ],
    [
      'a date in an answer from a cache',
      (ms) => ({ 'retry-after': httpDate(ms + 20_000), date: httpDate(ms - 900_000), age: '900' }),
    ],
    ['a date without the Date of the answer', (ms) => ({ 'retry-after': httpDate(ms + 20_000) })],
    ['seconds, between spaces', () => ({ 'retry-after': ' 20 ' })],
  ])('is honoured as %s, with up to a tenth more', async (_what, headers) => {
    const { pause } = await pauseAfter(headers)
    expect(pause).toBeGreaterThanOrEqual(18_900)
    expect(pause).toBeLessThan(23_000)
  })

  it.each<[string, (ms: number) => string]>([
    ['1.5', () => '1.5'],
    ['-1', () => '-1'],
    ['2, 2', () => '2, 2'],
    ['+5', () => '+5'],
    ['5s', () => '5s'],
    ['1e3', () => '1e3'],
    ['0x10', () => '0x10'],
    ['nothing', () => ''],
    ['a word', () => 'soon'],
    ['an ISO date', (ms) => new Date(ms + 20_000).toISOString()],
    ['a date without a zone', () => 'Mon, 23 Nov 2026 13:00:00'],
    ['a date of a month that is none', () => 'Mon, 23 Foo 2026 13:00:00 GMT'],
  ])('%s is no time, and the usual pause is made', async (_what, value) => {
    const seen = await pauseAfter((ms) => ({ 'retry-after': value(ms), date: httpDate(ms) }))
    expect(seen.pause).toBeGreaterThanOrEqual(5_000)
    expect(seen.pause).toBeLessThan(6_000)
    expect(seen.error).not.toMatchObject({ retryAt: expect.any(Date) })
  })

  it.each<[string, (ms: number) => string]>([
    ['a year', () => String(365 * 86_400)],
    ['a number that is no finite one', () => '9'.repeat(400)],
    ['ten digits', () => '1234567890'],
    ['a date in ten years', (ms) => httpDate(ms + 3_650 * 86_400_000)],
  ])('of %s blocks for five minutes at most', async (_what, value) => {
    const headers = (ms: number) => ({ 'retry-after': value(ms), date: httpDate(ms) })
    const seen = await pauseAfter(headers, { timeoutMs: 10_000 })
    const { retryAt } = seen.error as { retryAt?: Date }
    expect(Number(retryAt) - seen.now).toBeLessThanOrEqual(CEILING_MS)
    expect(Number(retryAt) - seen.now).toBeGreaterThan(CEILING_MS - 5_000)
  })

  it.each([3_600_000, 86_400_000 * 365, 6e15])(
    'of %i ms does not keep a failure for longer than that',
    async (ms) => {
      const engine = createEngine()
      const retryAt = new Date(engine.clock.now() + ms)
      engine.answer(() => Promise.reject(failure('rate_limited', { retryAt })))
      await rejection(engine.source.get())
      await engine.clock.advance(CEILING_MS - 1)
      await rejection(engine.source.get())
      expect(engine.requests).toBe(1)
      await engine.clock.advance(LONGEST_MS - CEILING_MS + 1)
      await rejection(engine.source.get())
      expect(engine.requests).toBe(2)
    },
  )

  it('does not bring clients back together', async () => {
    const pauses = new Set<number>()
    for (let client = 0; client < 20; client++) {
      const engine = createEngine()
      const times: number[] = []
      engine.answer(() => {
        times.push(engine.clock.monotonic())
        const retryAt = new Date(engine.clock.now() + 5_000)
        return Promise.reject(failure('rate_limited', { retryAt }))
      })
      const outcome = rejection(engine.source.get())
      await engine.clock.advance(8_000)
      await outcome
      pauses.add((times[1] ?? 0) - (times[0] ?? 0))
    }
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5_000)
    expect(pauses.size).toBeGreaterThan(10)
  })
})

describe('Retry-After of an API', () => {
  /** The pause between two attempts of a call, on a clock that nobody else moves. */
  async function pauseOfCall(
    headers: (ms: number) => Record<string, string>,
  ): Promise<number | undefined> {
    const clock = createFakeClock()
    const times: number[] = []
    const seconds = clock.now() / 1000
    const token = `${part({ alg: 'RS256' })}.${part({ sub: 's', aud: ['a'], iat: seconds, exp: seconds + 3_600 })}.c2ln`
    await using server = await startServer((request, response) => {
      response.sendDate = false
      if (request.url?.includes('delegation-token')) return sendJson({ token })(response)
      times.push(clock.monotonic())
      sendJson({}, times.length === 1 ? 503 : 200, headers(clock.now()))(response)
    })
    const client = testClient(
      { baseUrl: server.baseUrl, clientId: CLIENT_ID, vaultUrl: `${server.baseUrl}/v1` },
      { clock },
    )
    await passing(clock, client.secureFetch({ endpoint: 'x' }))
    const [first = 0, second] = times
    return second === undefined ? undefined : second - first
  }

  it.each<[string, (ms: number) => Record<string, string>]>([
    [
      'a date, by a clock an hour ahead',
      (ms) => ({ 'retry-after': httpDate(ms + 3_605_000), date: httpDate(ms + 3_600_000) }),
    ],
    [
      'a date, by a clock a day behind',
      (ms) => ({ 'retry-after': httpDate(ms - 86_395_000), date: httpDate(ms - 86_400_000) }),
    ],
    ['seconds', () => ({ 'retry-after': '5' })],
  ])('is honoured as %s', async (_what, headers) => {
    const pause = await pauseOfCall(headers)
    expect(pause).toBeGreaterThanOrEqual(4_000)
    expect(pause).toBeLessThan(6_500)
  })

  it.each(['1.5', '-1', '2, 2', '1e1'])('%s is no time', async (value) => {
    const pause = await pauseOfCall(() => ({ 'retry-after': value }))
    expect(pause).toBeLessThan(300)
  })

  it('of a year ends the call with its status at once', async () => {
    expect(await pauseOfCall(() => ({ 'retry-after': '31536000' }))).toBeUndefined()
  })
})

describe('Retry-After of a poll for an approval', () => {
  const interval = (headers: Record<string, string>, clock = createFakeClock()): number => {
    const response = { status: 503, headers, body: Buffer.from('{}') }
    const state = readPoll(response, {
      now: clock.now(),
      approver: 'ann@example.com',
      tenantId: undefined,
    })
    if (state.state !== 'pending') throw new Error('not pending')
    return nextInterval(5, state)
  }

  it.each<[string, (ms: number) => Record<string, string>, number]>([
    ['30', () => ({ 'retry-after': '30' }), 30],
    [
      'a date, by a clock an hour ahead',
      (ms) => ({ 'retry-after': httpDate(ms + 3_630_000), date: httpDate(ms + 3_600_000) }),
      30,
    ],
    [
      'a date, by a clock an hour behind',
      (ms) => ({ 'retry-after': httpDate(ms - 3_570_000), date: httpDate(ms - 3_600_000) }),
      30,
    ],
    ['a year', () => ({ 'retry-after': '31536000' }), 300],
  ])('%s is waited for, with up to a tenth more', (_what, headers, seconds) => {
    const clock = createFakeClock()
    const pause = interval(headers(clock.now()), clock)
    expect(pause).toBeGreaterThanOrEqual(seconds)
    expect(pause).toBeLessThanOrEqual(seconds * 1.1)
  })

  it.each(['-1', '1.5', '2, 2', 'soon'])('%s is no time: five seconds are added', (value) => {
    expect(interval({ 'retry-after': value })).toBe(10)
  })
})
