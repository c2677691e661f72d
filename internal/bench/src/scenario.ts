import type { Figure } from './measuring/figures.ts'
import type { Measurement, Pace } from './measuring/measure.ts'
import type { Checkout } from './world/checkouts.ts'

/** What a scenario works with. */
export interface Bench {
  readonly checkouts: readonly Checkout[]
  readonly pace: Pace
  /** Less work where its amount is fixed, such as the number of records to read. */
  readonly quick: boolean
}

/** One table of results. Ratios stand first. */
export interface Section {
  readonly title: string
  readonly figures: readonly Figure[]
  readonly measured: readonly Measurement[]
}

export interface Scenario {
  /** For `--only`. */
  readonly name: string
  /** What is compared, and how. It stands in docs/benchmarks.md. */
  readonly method: string
  run(bench: Bench): Promise<readonly Section[]>
}
