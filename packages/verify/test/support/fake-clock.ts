import type { Clock } from '../../src/index.ts'

/** Starts at 2026-11-23T12:00:00Z, and changes only when a test moves it. */
export interface FakeClock extends Clock {
  /** Lets time pass on both clocks. Timers that are due fire at once, in order. */
  advance(ms: number): void
  /** Sets the wall clock alone, as an administrator or a suspended machine does. */
  jump(ms: number): void
  /** The number of timers that have neither fired nor been cancelled. */
  readonly pending: number
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Synchronous, because some tests take ten thousand steps. */
export function createFakeClock(start = 1_795_435_200_000): FakeClock {
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
    advance(ms) {
      elapsed += ms
      const due = [...timers].filter(({ at }) => at <= elapsed).sort((a, b) => a.at - b.at)
      for (const timer of due) {
        if (timers.delete(timer)) timer.callback()
      }
    },
    jump(ms) {
      wallOffset += ms
    },
    get pending() {
      return timers.size
    },
  }
}
