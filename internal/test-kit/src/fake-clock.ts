import type { Clock } from '@authsec/core'
import { answersInFlight } from './in-flight.ts'

export interface FakeClock extends Clock {
  /** Lets time pass: timers fire in order, and each one's work is done before the next one fires. */
  advance(ms: number): Promise<void>
  /** Changes the wall clock only, as an administrator or a suspended laptop does. */
  jump(ms: number): void
  readonly pending: number
}

interface Timer {
  at: number
  callback: () => void
}

export function createFakeClock(start = Date.UTC(2026, 10, 23, 12)): FakeClock {
  let elapsed = 0
  let wallOffset = start
  const timers = new Set<Timer>()
  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    setTimeout(callback, ms) {
      const timer = { at: elapsed + ms, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      const target = elapsed + ms
      await settle()
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= target).sort((a, b) => a.at - b.at)
        if (!next) break
        elapsed = Math.max(elapsed, next.at)
        timers.delete(next)
        next.callback()
        await settle()
      }
      elapsed = target
      await settle()
    },
    jump: (ms) => {
      wallOffset += ms
    },
    get pending() {
      return timers.size
    },
  }
}

/** Runs all work that needs nothing but the event loop, and what emulators without a socket have begun to answer. */
export async function settle(): Promise<void> {
  await turns()
  await answersInFlight()
  await turns()
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Timers, and what measures them, run ten times as fast, for approvals over real HTTP: a client polls every few seconds. */
export const fastClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now() * 10,
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, ms / 10)
    return () => clearTimeout(timer)
  },
}
