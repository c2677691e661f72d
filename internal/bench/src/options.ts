import { parseArgs } from 'node:util'
import type { Pace } from './measuring/measure.ts'
import type { Scenario } from './scenario.ts'

/** What a run of the bench was asked for. */
export interface BenchOptions {
  readonly against: string | undefined
  readonly scenarios: readonly Scenario[]
  readonly quick: boolean
  readonly pace: Pace
  readonly assert: boolean
  /** The file for the results as JSON. */
  readonly json: string | undefined
  /** Whether docs/benchmarks.md and its picture are written. */
  readonly write: boolean
}

const FULL: Pace = { rounds: 9, roundMs: 120, warmUpMs: 500 }
const QUICK: Pace = { rounds: 5, roundMs: 25, warmUpMs: 150 }

/** Reads the command line. Throws a sentence for an option that cannot work. */
export function readOptions(args: readonly string[], all: readonly Scenario[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      against: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      assert: { type: 'boolean', default: false },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  })
  const { against, only, quick, assert, json, write } = values
  if (write && (quick || only !== undefined || against !== undefined)) {
    throw new Error(
      'docs/benchmarks.md holds a whole run of this checkout. Use --write without --quick, --only and --against.',
    )
  }
  const pace = quick ? QUICK : FULL
  return { against, scenarios: chosen(only, all), quick, pace, assert, json, write }
}

function chosen(only: string | undefined, all: readonly Scenario[]): readonly Scenario[] {
  if (only === undefined) return all
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !all.some((scenario) => scenario.name === name))
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ')
    throw new Error(`There is no scenario "${unknown}". Use --only with names of: ${known}.`)
  }
  return all.filter(({ name }) => names.includes(name))
}
