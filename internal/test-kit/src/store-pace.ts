import type { Clock } from '@authsec/core'
import { createFakeClock } from './fake-clock.ts'

/** How the time of a tested store passes. */
export interface StorePace {
  /** For the store; none where time is real. */
  readonly clock: Clock | undefined
  readonly ttlMs: number
  /** Nearly all of `ttlMs`, and what is missing of it. In real time, a little of it, and more than all. */
  almost(): Promise<void>
  rest(): Promise<void>
  pass(ms: number): Promise<void>
  /** How often a test that lets `ttlMs` pass repeats it. */
  readonly rounds: number
}

export function exactPace(): StorePace {
  const clock = createFakeClock()
  const pass = (ms: number): Promise<void> => clock.advance(ms)
  return {
    ...{ clock, ttlMs: 1_000, rounds: 10, pass },
    almost: () => pass(999),
    rest: () => pass(1),
  }
}

export function realPace(): StorePace {
  const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  return {
    ...{ clock: undefined, ttlMs: 1_500, rounds: 2, pass },
    almost: () => pass(100),
    rest: () => pass(1_600),
  }
}
