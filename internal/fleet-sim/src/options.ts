import { parseArgs } from 'node:util'
import { fullMatrix, quickMatrix, type Scenario } from './scenarios.ts'

export interface FleetOptions {
  readonly scenarios: readonly Scenario[]
  readonly seed: number
  readonly quick: boolean
  readonly write: boolean
}

/** Reads the command line. Throws a sentence for an option that cannot work. */
export function readOptions(args: readonly string[]): FleetOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
    },
  })
  const { quick, write, only } = values
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number.')
  if (write && (quick || only !== undefined)) {
    throw new Error('docs/scale.md holds the whole matrix. Use --write without --quick and --only.')
  }
  const all = quick ? quickMatrix : fullMatrix
  const scenarios = only === undefined ? all : all.filter(({ setup }) => setup.course === only)
  if (scenarios.length === 0) {
    throw new Error('--only takes day, storm, deploy, outage or failover.')
  }
  return { scenarios, seed, quick, write }
}
