import { hash } from '#runtime/platform/hashing'

/** So that the prefixes of hosts fit: docs/tool-schemas.md. */
const MAX_LENGTH = 40
const HASH_LENGTH = 6
/** Beyond it there is no room, and no document finds two of one suffix. */
const MAX_HASH_LENGTH = 30

/** An operation before it has a name. */
export interface Named {
  readonly method: string
  readonly path: string
  readonly operationId: string | undefined
}

/**
 * Names that every provider takes: letters, digits and `_`, begun by a letter. Operations of one name, and long names,
 * get a suffix that depends on method and path alone. Names that are still shared then, by accident or because a
 * document has guessed one, get longer suffixes until all differ.
 */
export function toolNames(operations: readonly Named[], prefix: string): readonly string[] {
  let all = operations.map((operation) => nameWith(operation, prefix, 0))
  for (let length = HASH_LENGTH; length <= MAX_HASH_LENGTH; length += HASH_LENGTH) {
    const counts = new Map<string, number>()
    for (const name of all) counts.set(keyOf(name), (counts.get(keyOf(name)) ?? 0) + 1)
    if (counts.size === all.length && all.every((name) => name.length <= MAX_LENGTH)) break
    all = operations.map((operation, index) => {
      const name = all[index] ?? ''
      const isUsable = name.length <= MAX_LENGTH && counts.get(keyOf(name)) === 1
      return isUsable ? name : nameWith(operation, prefix, length)
    })
  }
  return all
}

/** Two names that differ in case alone are one for some hosts. */
function keyOf(name: string): string {
  return name.toLowerCase().slice(0, MAX_LENGTH)
}

function nameWith(operation: Named, prefix: string, length: number): string {
  const name = plainName(operation, prefix)
  if (length === 0) return name
  const suffix = hash('sha256', `${operation.method} ${operation.path}`).slice(0, length)
  return `${name.slice(0, MAX_LENGTH - length - 1).replace(/_+$/, '')}_${suffix}`
}

function plainName({ operationId, method, path }: Named, prefix: string): string {
  const given = operationId ?? `${method.toLowerCase()} ${path}`
  const word = given
    .slice(0, 200)
    .replace(/[^a-zA-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  const name = `${prefix}${word}`
  // Tools of our own are called so.
  return /^[a-z]/i.test(name) && !/^authsec/i.test(name) ? name : `api_${name}`.replace(/_+$/, '')
}
