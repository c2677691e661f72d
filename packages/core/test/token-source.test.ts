import { rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createEngine, failure, tokenFor } from './support/stub-api.ts'

const never = (): Promise<never> => new Promise(() => undefined)

describe('one request for everybody', () => {
  it.each([[1_000], [10_000]])('%i concurrent cold calls share one', async (calls) => {
    const engine = createEngine()
    const tokens = await Promise.all(Array.from({ length: calls }, () => engine.source.get()))
    expect(engine.requests).toBe(1)
    expect(new Set(tokens).size).toBe(1)
  })

  it('ends only the wait of the caller who aborts', async () => {
    const engine = createEngine()
    let deliver = (): void => undefined
    engine.answer(
      () =>
        new Promise((resolve) => {
          deliver = () => resolve(tokenFor(engine.clock, 'late', 3_600))
        }),
    )
    const impatient = new AbortController()
    const lost = Array.from({ length: 999 }, () =>
      rejection(engine.source.get({ signal: impatient.signal })),
    )
    const patient = engine.source.get()
    impatient.abort(new Error('gave up'))
    expect((await Promise.all(lost)).every(({ message }) => message === 'gave up')).toBe(true)
    deliver()
    expect((await patient).value).toBe('header.late.signature')
    expect(engine.requests).toBe(1)
  })

  it('does not start for a caller who has aborted already', async () => {
    const engine = createEngine()
    const error = await rejection(engine.source.get({ signal: AbortSignal.abort(new Error('no')) }))
    expect(error.message).toBe('no')
    expect(engine.requests).toBe(0)
  })

  it('is not spoilt by a failure: the next call asks again', async () => {
    const engine = createEngine()
    engine.answer(() => Promise.reject(failure('tls_error')))
    expect(await rejection(engine.source.get())).toMatchObject({ code: 'tls_error' })
    engine.answer(async () => tokenFor(engine.clock, 'second', 3_600))
    expect((await engine.source.get()).value).toBe('header.second.signature')
  })

  it('ends for all at the deadline when the server hangs, and the next call works', async () => {
    const engine = createEngine({ timeoutMs: 2_000 })
    engine.answer(never)
    const waiting = [1, 2, 3].map(() => rejection(engine.source.get()))
    await engine.clock.advance(2_500)
    expect((await Promise.all(waiting)).map((error) => 'code' in error && error.code)).toEqual(
      Array(3).fill('timeout'),
    )
  })
})

describe('the life of a token', () => {
  it('serves without asking while it is fresh', async () => {
    const engine = createEngine()
    const first = await engine.source.get()
    await engine.clock.advance(1_500_000)
    for (let call = 0; call < 1_000; call++) expect(await engine.source.get()).toBe(first)
    expect(engine.requests).toBe(1)
  })

  it('refreshes ahead in the background: no caller waits', async () => {
    const engine = createEngine()
    const first = await engine.source.get()
    await engine.clock.advance(2_000_000)
    engine.answer(async () => tokenFor(engine.clock, 'next', 3_600))
    expect(await engine.source.get()).toBe(first)
    await engine.clock.advance(1)
    expect((await engine.source.get()).value).toBe('header.next.signature')
    expect(engine.requests).toBe(2)
  })

  it('waits at most a second near the end, then serves the old one', async () => {
    const engine = createEngine()
    const first = await engine.source.get()
    await engine.clock.advance(3_550_000)
    engine.answer(never)
    const served = engine.source.get()
    await engine.clock.advance(1_000)
    expect(await served).toBe(first)
  })

  it('never serves within the last moments, nor after', async () => {
    const engine = createEngine({ timeoutMs: 1_000 })
    await engine.source.get()
    await engine.clock.advance(3_596_000)
    engine.answer(() => Promise.reject(failure('tls_error')))
    expect(await rejection(engine.source.get())).toMatchObject({ code: 'tls_error' })
  })

  it('keeps the margin it is told', async () => {
    const engine = createEngine({ refreshMarginSeconds: 1_200 })
    const first = await engine.source.get()
    await engine.clock.advance(2_401_000)
    engine.answer(async () => tokenFor(engine.clock, 'next', 3_600))
    expect(await engine.source.get()).not.toBe(first)
  })

  it.each([
    ['5 minutes', 300, 9],
    ['an hour', 3_600, 13],
    ['12 hours', 43_200, 16],
    ['a day', 86_400, 18],
    ['a week', 604_800, 21],
  ])('is no reason for many requests when it is never replaced in %s', async (_how, life, most) => {
    const engine = createEngine()
    const stored = tokenFor(engine.clock, 'stored', life)
    engine.answer(async () => stored)
    const steps = Math.max(1, life / 43_200)
    for (let second = 0; second < life; second += steps) {
      await engine.source.get().catch(() => undefined)
      await engine.clock.advance(steps * 1_000)
    }
    expect(engine.requests).toBeGreaterThan(5)
    expect(engine.requests).toBeLessThanOrEqual(most)
  })

  it.each([23_000, 30_000, 36_000, 40_000, 42_000, 43_000, 43_130, 43_150])(
    'is found replaced %s s after it was issued for 12 hours, within 45 % of what was left then',
    async (second) => {
      const engine = createEngine()
      const stored = tokenFor(engine.clock, 'stored', 43_200)
      engine.answer(async () => stored)
      const run = async (seconds: number, until: () => boolean, step = 1): Promise<number> => {
        let waited = 0
        for (; waited < seconds && !until(); waited += step) {
          await engine.source.get()
          await engine.clock.advance(step * 1_000)
        }
        return waited
      }
      // A call each ten seconds is enough while nothing is measured.
      await run(second, () => false, 10)
      engine.answer(async () => tokenFor(engine.clock, 'next', 43_200))
      const left = 43_200 - second
      const requests = engine.requests
      const waited = await run(left, () => engine.requests > requests)
      expect(waited).toBeLessThanOrEqual(Math.max(15, 0.45 * left) + 2)
      expect((await engine.source.get()).value).toBe('header.next.signature')
    },
  )

  it('follows the wall clock when it jumps, and the other when it is set back', async () => {
    const engine = createEngine()
    const first = await engine.source.get()
    engine.clock.jump(-3_600_000)
    await engine.clock.advance(3_597_000)
    engine.answer(async () => tokenFor(engine.clock, 'next', 3_600))
    expect(await engine.source.get()).not.toBe(first)
    engine.clock.jump(3_600_000)
    engine.answer(async () => tokenFor(engine.clock, 'third', 3_600))
    expect((await engine.source.get()).value).toBe('header.third.signature')
  })
})

describe('when AuthSec is not available', () => {
  it('tries six times within a call, then says so', async () => {
    const engine = createEngine()
    engine.answer(() => Promise.reject(failure('server_error')))
    const outcome = rejection(engine.source.get())
    await engine.clock.advance(10_000)
    expect(await outcome).toMatchObject({ code: 'server_error' })
    expect(engine.requests).toBe(6)
  })

  it('serves a good token through an outage, with few requests', async () => {
    const engine = createEngine()
    const first = await engine.source.get()
    await engine.clock.advance(2_000_000)
    engine.answer(() => Promise.reject(failure('network_error')))
    for (let call = 0; call < 600; call++) {
      expect(await engine.source.get()).toBe(first)
      await engine.clock.advance(100)
    }
    expect(engine.requests - 1).toBeLessThanOrEqual(12)
    const events = engine.events.filter(({ type }) => type === 'token.failed')
    expect(events[0]).toMatchObject({ stillServing: true })
  })

  it('fails at once with the last cause after five failed rounds, probes, and recovers within a minute', async () => {
    const engine = createEngine()
    engine.answer(() => Promise.reject(failure('network_error')))
    let lastFailure: Error | undefined
    for (let call = 0; call < 6_000; call++) {
      const outcome = rejection(engine.source.get())
      await engine.clock.advance(100)
      lastFailure = await Promise.race([outcome, Promise.resolve(lastFailure)])
    }
    expect(lastFailure).toMatchObject({ code: 'network_error' })
    expect(engine.requests).toBeLessThanOrEqual(30)
    engine.answer(async () => tokenFor(engine.clock, 'back', 3_600))
    await engine.clock.advance(60_000)
    expect((await engine.source.get()).value).toBe('header.back.signature')
  })

  it('waits as long as the server asks, and fails at once when that is too long', async () => {
    const engine = createEngine()
    const retryAt = new Date(engine.clock.now() + 3_000)
    engine.answer(() => Promise.reject(failure('rate_limited', { retryAt })))
    const waiting = engine.source.get()
    await engine.clock.advance(2_900)
    expect(engine.requests).toBe(1)
    engine.answer(async () => tokenFor(engine.clock, 'later', 3_600))
    // The pause of every retry is added, so that clients do not come back together.
    await engine.clock.advance(700)
    expect((await waiting).value).toBe('header.later.signature')

    const busy = createEngine()
    const much = new Date(busy.clock.now() + 40_000)
    busy.answer(() => Promise.reject(failure('rate_limited', { retryAt: much })))
    expect(await rejection(busy.source.get())).toMatchObject({ retryAt: much })
    await rejection(busy.source.get())
    expect(busy.requests).toBe(1)
  })
})

describe('a final answer', () => {
  it.each([
    ['no_active_delegation', 404] as const,
    ['delegation_expired', 410] as const,
    ['access_refused', 403] as const,
  ])('%s drops the token and is believed for 30 s', async (code, status) => {
    const engine = createEngine()
    await engine.source.get()
    engine.answer(() => Promise.reject(failure(code, { status })))
    expect(await rejection(engine.source.get({ forceRefresh: true }))).toMatchObject({ code })
    for (let call = 0; call < 10_000; call++) {
      await engine.source.get().catch((error: unknown) => expect(error).toMatchObject({ code }))
    }
    expect(engine.requests).toBe(2)
    await engine.clock.advance(30_001)
    engine.answer(async () => tokenFor(engine.clock, 'again', 3_600))
    expect((await engine.source.get()).value).toBe('header.again.signature')
    expect(engine.events).toContainEqual(expect.objectContaining({ type: 'token.dropped', code }))
  })

  it('is asked about ever less often while it stays', async () => {
    const engine = createEngine()
    engine.answer(() => Promise.reject(failure('no_active_delegation', { status: 404 })))
    for (let second = 0; second < 1_800; second++) {
      await rejection(engine.source.get())
      await engine.clock.advance(1_000)
    }
    expect(engine.requests).toBeLessThanOrEqual(10)
  })

  it('in the background is told to the next caller', async () => {
    const engine = createEngine()
    await engine.source.get()
    await engine.clock.advance(2_000_000)
    engine.answer(() => Promise.reject(failure('no_active_delegation', { status: 404 })))
    await engine.source.get()
    await engine.clock.advance(1)
    expect(await rejection(engine.source.get())).toMatchObject({ code: 'no_active_delegation' })
  })

  it('is not waited out by a forced refresh', async () => {
    const engine = createEngine()
    engine.answer(() => Promise.reject(failure('no_active_delegation', { status: 404 })))
    await rejection(engine.source.get())
    engine.answer(async () => tokenFor(engine.clock, 'delegated', 3_600))
    expect((await engine.source.get({ forceRefresh: true })).value).toBe(
      'header.delegated.signature',
    )
  })
})

describe('a token that an API rejected', () => {
  it('is asked about once in 30 s, for all who had it', async () => {
    const engine = createEngine()
    const rejected = await engine.source.get()
    engine.answer(async () => rejected)
    const again = await Promise.all(
      Array.from({ length: 1_000 }, () => engine.source.get({ rejected })),
    )
    expect(new Set(again)).toEqual(new Set([rejected]))
    await engine.source.get({ rejected })
    expect(engine.requests).toBe(2)
    await engine.clock.advance(30_001)
    await engine.source.get({ rejected })
    expect(engine.requests).toBe(3)
  })

  it('is replaced without asking when there is a newer one already', async () => {
    const engine = createEngine()
    const rejected = await engine.source.get()
    engine.answer(async () => tokenFor(engine.clock, 'newer', 3_600))
    const newer = await engine.source.get({ forceRefresh: true })
    expect(await engine.source.get({ rejected })).toBe(newer)
    expect(engine.requests).toBe(2)
  })

  it('comes back when AuthSec cannot be asked, so the caller sees that nothing changed', async () => {
    const engine = createEngine()
    const rejected = await engine.source.get()
    engine.answer(() => Promise.reject(failure('tls_error')))
    expect(await engine.source.get({ rejected })).toBe(rejected)
  })
})

describe('a closed client', () => {
  it('ends what is waiting and refuses what comes', async () => {
    const engine = createEngine()
    engine.answer(never)
    const waiting = rejection(engine.source.get())
    engine.source.close()
    await engine.clock.advance(11_000)
    expect(await waiting).toBeInstanceOf(Error)
    expect(await rejection(engine.source.get())).toMatchObject({ code: 'client_closed' })
    expect(engine.clock.pending).toBe(0)
  })
})
