import { createFakeClock, rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createAuthSecClient } from '../src/client/create-client.ts'
import type { Clock } from '../src/support/clock.ts'
import { AGENT } from './support/shared-bench.ts'

/** A caller whose second try is sent back to the queue so long before his own time ends. */
async function sentBack(leftMs: number, retryAfter: string | undefined) {
  const clock = createFakeClock()
  let timers = 0
  const counted: Clock = {
    now: clock.now,
    monotonic: clock.monotonic,
    setTimeout(callback, ms) {
      timers += 1
      return clock.setTimeout(callback, ms)
    },
  }
  let asked = 0
  const refused = { cause: { code: 'ECONNREFUSED' } }
  const client = createAuthSecClient({
    ...{ baseUrl: `https://${crypto.randomUUID()}.example.com`, clientId: AGENT, clock: counted },
    rateLimit: { queueMs: 600_000, requestsPerMinute: 100_000 },
    fetch: async () => {
      asked += 1
      if (asked <= 5) throw Object.assign(new TypeError('fetch failed'), refused)
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, Math.max(0, 10_250 - leftMs - clock.monotonic()))
      })
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
      return new Response('', { status: 429, headers })
    },
  })
  const call = rejection(client.getDelegationToken())
  await clock.advance(10_250 - leftMs)
  const before = timers
  await clock.advance(10_000)
  const within = timers - before
  await client.close()
  await call
  return within
}

describe('a caller whose request is sent back to the queue', () => {
  it.each([
    [400, '60'],
    [50, '60'],
    [5, '60'],
    [1, '60'],
    [0.2, '60'],
    [0.001, '60'],
    [1, '300'],
    [5, '20'],
  ])('%d ms before his time ends waits without a loop of timers', async (leftMs, retryAfter) => {
    expect(await sentBack(leftMs, retryAfter)).toBeLessThanOrEqual(50)
  })

  it('is told in the end, and not before the wait for the turn is over', async () => {
    const clock = createFakeClock()
    const client = createAuthSecClient({
      ...{ baseUrl: `https://${crypto.randomUUID()}.example.com`, clientId: AGENT, clock },
      rateLimit: { queueMs: 30_000 },
      fetch: async () => new Response('', { status: 429, headers: { 'retry-after': '20' } }),
    })
    const call = rejection(client.getDelegationToken())
    let endedAt = 0
    void call.then(() => {
      endedAt = clock.monotonic()
    })
    for (let second = 0; second < 90 && endedAt === 0; second += 1) await clock.advance(1_000)
    expect(await call).toMatchObject({ code: 'rate_limited' })
    expect(endedAt).toBeGreaterThan(15_000)
    expect(endedAt).toBeLessThan(60_000)
    expect(clock.pending).toBe(0)
  })
})
