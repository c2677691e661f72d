import { createFakeClock, createRandom } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createLimiter, type Limiter } from '../src/limiter/limiter.ts'
import { Turn } from '../src/limiter/turn.ts'
import { type Clock, systemClock } from '../src/support/clock.ts'

interface Entry {
  readonly keepAlive: boolean
  readonly isUrgent?: boolean
  readonly queueMs?: number
}

function turnOf(clock: Clock, signal: AbortSignal, { keepAlive, isUrgent, queueMs }: Entry): Turn {
  return new Turn(clock, {
    ...{ keepAlive, signal, isUrgent: isUrgent ?? false },
    queueMs: queueMs ?? 86_400_000,
  })
}

/** Milliseconds that so many agents need to enter the queue, and to leave it. */
function costOf(size: number, keepAlive: boolean): number {
  const limiter = createLimiter(systemClock, 90)
  const aborts: AbortController[] = []
  const startedAt = performance.now()
  for (let index = 0; index < size; index += 1) {
    const abort = new AbortController()
    const turn = turnOf(systemClock, abort.signal, { keepAlive })
    const applicant = { of: `agent ${index}`, turn, isAgain: false }
    if (limiter.take(applicant)) continue
    aborts.push(abort)
    limiter.wait(applicant).catch(() => undefined)
  }
  for (const abort of aborts) abort.abort(new Error('gone'))
  return performance.now() - startedAt
}

const best = (measure: () => number): number => Math.min(measure(), measure(), measure())

describe('the limiter', () => {
  it.each([true, false])(
    'costs a request the same among 8 000 that wait, keepAlive: %s',
    (alive) => {
      costOf(500, alive)
      const few = best(() => costOf(1_000, alive))
      const many = best(() => costOf(8_000, alive))
      // In linear time it is eight.
      expect(many / few).toBeLessThan(24)
    },
  )

  it.each([
    ['the same', () => 50],
    ['a few', (index: number) => 50 + (index % 7)],
    ['falling ones', (index: number) => 100_000 - index],
  ])('takes back 20 000 named limits in no time, when they are %s', (_what, numberOf) => {
    const limiter = createLimiter(systemClock, 90)
    const startedAt = performance.now()
    const all = Array.from({ length: 20_000 }, (_, index) => limiter.name(numberOf(index)))
    for (const takeBack of all) takeBack()
    expect(performance.now() - startedAt).toBeLessThan(400)
  })

  it('has the smallest limit of those that are named, in any order', () => {
    const random = createRandom(7)
    const limiter = createLimiter(createFakeClock(), 90)
    const named: { readonly number: number; readonly takeBack: () => void }[] = []
    for (let step = 0; step < 500; step += 1) {
      if (random() < 0.55) {
        const number = 1 + Math.floor(random() * 20)
        named.push({ number, takeBack: limiter.name(number) })
      } else {
        const [gone] = named.splice(Math.floor(random() * named.length), 1)
        gone?.takeBack()
        gone?.takeBack()
      }
      const least = named.length === 0 ? 90 : Math.min(...named.map(({ number }) => number))
      expect(limitOf(limiter)).toBe(least)
    }
  })

  it('keeps the process alive as long as one that waits does, in any order', async () => {
    const random = createRandom(11)
    const fake = createFakeClock()
    let keepsAlive = false
    const clock: Clock = {
      ...{ now: fake.now, monotonic: fake.monotonic },
      setTimeout(callback, ms, options) {
        keepsAlive = options?.keepAlive !== false
        return fake.setTimeout(callback, ms)
      },
    }
    const limiter = createLimiter(clock, 4)
    const waiting = new Set<{ turn: Turn; abort: AbortController }>()
    for (let step = 0; step < 400; step += 1) {
      const abort = new AbortController()
      const options = { keepAlive: random() < 0.2, isUrgent: random() < 0.1 }
      const turn = turnOf(clock, abort.signal, { ...options, queueMs: random() * 200_000 })
      const one = { turn, abort }
      const applicant = { of: `agent ${step % 9}`, turn, isAgain: random() < 0.2 }
      waiting.add(one)
      limiter
        .wait(applicant)
        .then((slot) => slot.end('answered'))
        .catch(() => undefined)
        .finally(() => waiting.delete(one))
      const some = [...waiting][Math.floor(random() * waiting.size)]
      if (random() < 0.3) some?.abort.abort(new Error('gone'))
      else if (random() < 0.2) some?.turn.hurry(random() * 100_000, random() < 0.5)
      await fake.advance(random() * 12_000)
      if (waiting.size === 0) continue
      const expected = [...waiting].some(
        ({ turn: { keepAlive, isUrgent } }) => keepAlive || isUrgent,
      )
      expect(keepsAlive, `step ${step}`).toBe(expected)
    }
  })
})

/** As an error of it says. */
function limitOf(limiter: Limiter): number {
  const { signal } = new AbortController()
  const turn = turnOf(systemClock, signal, { keepAlive: false, queueMs: 0 })
  return limiter.refuse({ of: 'nobody', turn, isAgain: false }).facts.limit
}
