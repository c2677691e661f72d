import { type Goal, type GoalName, goals, HEAD_ROOM } from './goals.ts'
import { type Figure, type Unit, used } from './measuring/figures.ts'
import type { Bench, Scenario, Section } from './scenario.ts'

/** What a scenario measured. */
export interface Result {
  readonly name: string
  readonly method: string
  readonly sections: readonly Section[]
}

/** Times and memory depend on the machine and its load; these do not, or hardly. */
const JUDGED: ReadonlySet<Unit> = new Set(['×', 'requests', 'calls'])

/** The ratios and counts of these sections that are beyond what is accepted and its head-room. */
export function missed(sections: readonly Section[]): readonly Figure[] {
  return sections
    .flatMap(({ figures }) => figures)
    .filter((each) => JUDGED.has(each.unit) && !(used(each, 'accepted') <= HEAD_ROOM))
}

/** The goals whose accepted value is out of date, with the worst figure: the code has become faster. */
export function lowerable(sections: readonly Section[]): ReadonlyMap<GoalName, Figure> {
  const worst = new Map<GoalName, Figure>()
  for (const each of sections.flatMap(({ figures }) => figures)) {
    const known = each.goal && worst.get(each.goal)
    if (!each.goal || !JUDGED.has(each.unit)) continue
    if (!known || used(each, 'accepted') > used(known, 'accepted')) worst.set(each.goal, each)
  }
  const isOld = ([name, each]: [GoalName, Figure]): boolean =>
    (goals[name] as Goal).accepted !== undefined && used(each, 'accepted') < 1 / HEAD_ROOM
  return new Map([...worst].filter(isOld))
}

/**
 * Runs one scenario. Where its figures will be judged, a scenario that missed is measured once more: a
 * busy moment of the machine passes, slower code stays.
 */
export async function runScenario(
  { name, method, run }: Scenario,
  bench: Bench,
  judged: boolean,
): Promise<Result> {
  const sections = await run(bench)
  if (!judged || missed(sections).length === 0) return { name, method, sections }
  const again = await run(bench)
  return { name, method, sections: missed(again).length === 0 ? again : sections }
}
