import { type GoalName, goals } from '../goals.ts'
import type { Measurement } from './measure.ts'

export type Unit = '×' | 'µs' | 'ms' | 'KiB' | 'MiB' | 'requests' | 'calls'

/** What a scenario says in the end: one number, with its goal where the project has one. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: Unit
  readonly goal?: GoalName | undefined
  /** The same figure of the guards alone, measured in the same run: no guarded call can be below it. */
  readonly floor?: number | undefined
}

export function figure(name: string, value: number, unit: Unit, goal?: GoalName): Figure {
  return goal === undefined ? { name, value, unit } : { name, value, unit, goal }
}

type Series = 'cpuUs' | 'wallUs'

/** The median of the ratios of all rounds: a round is compared with its neighbours only. */
export function ratio(subject: Measurement, baseline: Measurement, by: Series): number {
  return median(subject[by].map((value, round) => value / (baseline[by][round] ?? Number.NaN)))
}

/** The median of what a subject needs beyond its baseline, in microseconds. */
export function difference(subject: Measurement, baseline: Measurement, by: Series): number {
  return median(subject[by].map((value, round) => value - (baseline[by][round] ?? Number.NaN)))
}

export interface Comparison {
  readonly baseline: Measurement | undefined
  /** This checkout's, and the other one's where there is one. */
  readonly ours: readonly (Measurement | undefined)[]
  /** What stands behind the names, such as the size of a body. */
  readonly of: string
  readonly by?: Series
  readonly goal?: GoalName | undefined
  /** The guards alone. */
  readonly floor?: Measurement | undefined
}

/** The ratios of each checkout to the baseline. A goal is this checkout's only. */
export function compare({ baseline, ours, of, by = 'cpuUs', goal, floor }: Comparison): Figure[] {
  return ours.flatMap((each, index) => {
    if (!each || !baseline) return []
    const name = `${shortName(each)} / ${shortName(baseline)}, ${of}${by === 'cpuUs' ? ', CPU' : ', time'}`
    const own = figure(name, ratio(each, baseline, by), '×', index === 0 ? goal : undefined)
    return [floor && index === 0 ? { ...own, floor: ratio(floor, baseline, by) } : own]
  })
}

/** This checkout beside the other one, where there is one. */
export function compareCheckouts(
  [own, other]: readonly (Measurement | undefined)[],
  of: string,
  by: Series = 'cpuUs',
): Figure[] {
  return compare({ baseline: other, ours: [own], of, by })
}

/** Without what tells the rows of a table apart. */
function shortName({ name }: Measurement): string {
  return name.slice(name.indexOf(': ') + 1).trim()
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

/** How much of its goal a figure has used: 1 at the goal, more beyond it. Without a goal, 0. */
export function used({ value, goal: name }: Figure, against: 'goal' | 'accepted'): number {
  if (name === undefined) return 0
  const { goal, better, accepted = goal } = goals[name]
  const limit = against === 'goal' ? goal : accepted
  if (limit === 0) return value === 0 ? 1 : Number.POSITIVE_INFINITY
  return better === 'less' ? value / limit : limit / value
}
