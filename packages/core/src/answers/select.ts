import { EACH, memberOf, parsePath, type Step } from './data-path.ts'

/** Which parts of the data are kept. */
export type Selection = (data: unknown) => unknown

/** What is kept below one place: all of it, members by name, or the same of every item. */
interface Kept {
  isWhole: boolean
  readonly below: Map<Step, Kept>
}

/** The selection of several paths. Throws `ConfigError` for one that is malformed. */
export function selectionOf(paths: readonly string[], field: string): Selection {
  const root = keptBelow()
  for (const [index, path] of paths.entries()) {
    let place = root
    for (const step of parsePath(path, `${field}[${index}]`)) {
      const next = place.below.get(step) ?? keptBelow()
      place.below.set(step, next)
      place = next
    }
    place.isWhole = true
  }
  return (data) => {
    const part = partOf(data, root)
    return part === undefined ? null : part
  }
}

function keptBelow(): Kept {
  return { isWhole: false, below: new Map() }
}

/** The part in the shape that the data has; `undefined` where nothing of it is kept. */
function partOf(value: unknown, kept: Kept): unknown {
  if (kept.isWhole) return value
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    const each = kept.below.get(EACH)
    return each && value.map((item) => partOf(item, each)).filter((part) => part !== undefined)
  }
  const members: [string, unknown][] = []
  let isNamed = false
  for (const [step, below] of kept.below) {
    if (step === EACH) continue
    isNamed = true
    const part = partOf(memberOf(value, step), below)
    if (part !== undefined) members.push([step, part])
  }
  // Defines own members: a name such as `constructor` is data.
  return isNamed ? Object.fromEntries(members) : undefined
}
