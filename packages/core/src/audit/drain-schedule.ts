import { atExit } from '../files/at-exit.ts'
import type { Clock } from '../support/clock.ts'

/**
 * How long records gather at most while there are many. A write costs more CPU than ten lines, and so does what
 * stands around it: with one each turn of the event loop, a busy log would cost several times as much.
 */
export const GATHER_MS = 10

/** When the records that wait are written. */
export interface DrainSchedule {
  /** There are records that wait. */
  ask(): void
  /** The exit of the process is of no interest any more. */
  end(): void
}

/**
 * Drains at the end of this turn of the event loop when the last time is `GATHER_MS` ago, else as soon as it is: a
 * quiet log is always up to date, and a busy one writes a hundred times a second. Also drains at the exit of the process.
 *
 * @param drain - Must not throw.
 */
export function createDrainSchedule(drain: () => void, clock: Clock): DrainSchedule {
  let isAsked = false
  let drainedAt = Number.NEGATIVE_INFINITY
  let forgetExit: (() => void) | undefined

  function drainNow(): void {
    isAsked = false
    drainedAt = clock.monotonic()
    drain()
  }

  return {
    ask() {
      if (isAsked) return
      isAsked = true
      forgetExit ??= atExit(drain)
      const left = drainedAt + GATHER_MS - clock.monotonic()
      // Only Node.js has the end of a turn.
      if (left > 0 || !globalThis.setImmediate) {
        clock.setTimeout(drainNow, Math.max(0, left), { keepAlive: false })
      } else setImmediate(drainNow)
    },
    end: () => forgetExit?.(),
  }
}
