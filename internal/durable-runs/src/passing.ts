import type { FakeClock } from '@authsec-internal/test-kit'
import { BrokenPromise } from './broken-promise.ts'

/** What the processes of a run do with the world outside. */
export interface Activity {
  /** Requests and store accesses that are under way. */
  underWay: number
  /** By the system's monotonic clock, in milliseconds. */
  lastAt: number
}

const LONGEST_MS = 20_000
/** So long nothing happens before it counts as waiting. */
const IDLE_MS = 4
const LONGEST_STEP_MS = 2_000

/**
 * The result of the work. While it does nothing but wait, for a store or a turn, time passes on the clock: never
 * during a request, whose time limit it would use up.
 */
export async function passing<T>(
  { clock, activity }: { readonly clock: FakeClock; readonly activity: Activity },
  work: Promise<T>,
): Promise<T> {
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  work.then(end, end)
  const startedAt = performance.now()
  activity.lastAt = startedAt
  for (let stepMs = 250; !isOver; ) {
    await soon()
    const now = performance.now()
    if (now - startedAt > LONGEST_MS) throw new BrokenPromise('A step never ended.')
    if (activity.underWay > 0 || now - activity.lastAt < IDLE_MS || isOver) continue
    await clock.advance(stepMs)
    stepMs = Math.min(LONGEST_STEP_MS, stepMs * 2)
    activity.lastAt = performance.now()
  }
  return work
}

/** Ends at once when something happens, and else within a millisecond. */
async function soon(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
}
