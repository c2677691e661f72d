import type { Pace } from '../measuring/measure.ts'
import type { Result } from '../run.ts'
import type { Machine } from './machine.ts'

/** Everything about one run. */
export interface Run {
  readonly machine: Machine
  readonly pace: Pace
  readonly quick: boolean
  readonly results: readonly Result[]
}
