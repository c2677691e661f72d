/**
 * Lists of names, one for all that are equal: thousands of agents have the same few permissions and audiences. The
 * oldest is forgotten, so that what servers invent cannot fill the memory.
 */
const lists = new Map<string, readonly string[]>()
const MOST_LISTS = 1_000
/** Longer ones are no names that agents have in common. */
const MOST_CHARACTERS = 1_024

export function sharedList(names: readonly string[]): readonly string[] {
  const key = JSON.stringify(names)
  const known = lists.get(key)
  if (known) return known
  const list = Object.freeze([...names])
  if (key.length > MOST_CHARACTERS) return list
  lists.set(key, list)
  if (lists.size > MOST_LISTS) lists.delete(lists.keys().next().value ?? key)
  return list
}

/** A set is faster from about this many names on. */
const MANY = 32
const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Whether the frozen list of permissions has this one, written exactly so. */
export function grantedBy(permissions: readonly string[], permission: string): boolean {
  if (permissions.length < MANY) return permissions.includes(permission)
  const known = sets.get(permissions) ?? new Set(permissions)
  sets.set(permissions, known)
  return known.has(permission)
}
