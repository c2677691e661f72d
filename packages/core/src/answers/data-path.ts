import { invalidOption } from '../options/option-checks.ts'

/** Every item of a list. */
export const EACH = Symbol('each item')

/** One step into JSON: the name of a member, or every item of a list. */
export type Step = string | typeof EACH

const MAX_LENGTH = 300
const MAX_STEPS = 32
/** Each part is a name, `[]` for the items of a list, or a name and then `[]`. */
const PART = /^([^.[\]"'`\s](?:[^.[\]"'`]*[^.[\]"'`\s])?)?((?:\[\])*)$/

/**
 * Reads `owner.name`, `items[].id` or `[].id`: names between dots, and `[]` for every item of a list. Names with a dot,
 * a bracket or a quote cannot be written. Throws `ConfigError` for anything else.
 */
export function parsePath(path: unknown, field: string): readonly Step[] {
  const malformed = (problem: string): Error =>
    invalidOption(field, problem, 'Write it like owner.name, items[].id or [].id.')
  if (typeof path !== 'string' || path === '' || path.length > MAX_LENGTH) {
    throw malformed(`must be a path of 1 to ${MAX_LENGTH} characters`)
  }
  const steps: Step[] = []
  for (const [index, part] of path.split('.').entries()) {
    const [matched, name, lists = ''] = PART.exec(part) ?? []
    if (!matched || (name === undefined && index > 0)) throw malformed('is not a path into JSON')
    if (name === '__proto__') throw malformed('names __proto__, which no data has')
    if (name !== undefined) steps.push(name)
    for (let count = lists.length / 2; count > 0; count--) steps.push(EACH)
  }
  if (steps.length > MAX_STEPS) throw malformed(`has more than ${MAX_STEPS} steps`)
  return steps
}

/** A path to one value: without `[]`. */
export function parseNames(path: unknown, field: string): readonly string[] {
  const steps = parsePath(path, field)
  const names = steps.filter((step) => typeof step === 'string')
  if (names.length === steps.length) return names
  throw invalidOption(field, 'leads to several values', 'Write it without []: meta.next_cursor.')
}

/** The value at a path; `undefined` where there is none. Own members of objects only, never what they inherit. */
export function valueAt(data: unknown, names: readonly string[]): unknown {
  return names.reduce((value: unknown, name) => memberOf(value, name), data)
}

/** An own member of an object that is no list. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}
