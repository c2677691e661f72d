import { hash } from '#runtime/platform/hashing'

/** So that the prefixes of hosts fit: docs/tool-schemas.md. */
const MAX_LENGTH = 40
const HASH_LENGTH = 6

/** An operation before it has a name. */
export interface Named {
  readonly method: string
  readonly path: string
  readonly operationId: string | undefined
}

/**
 * Names that every provider takes: letters, digits and `_`, begun by a letter. Operations of one name all get a suffix
 * that depends on method and path alone, so that a name stays when others come or go.
 */
export function toolNames(operations: readonly Named[], prefix: string): readonly string[] {
  const plain = operations.map((operation) => plainName(operation, prefix))
  const counts = new Map<string, number>()
  for (const name of plain) counts.set(keyOf(name), (counts.get(keyOf(name)) ?? 0) + 1)
  return plain.map((name, index) => {
    const operation = operations[index]
    const isLong = name.length > MAX_LENGTH
    if (!operation || (!isLong && counts.get(keyOf(name)) === 1)) return name
    const suffix = hash('sha256', `${operation.method} ${operation.path}`).slice(0, HASH_LENGTH)
    return `${name.slice(0, MAX_LENGTH - HASH_LENGTH - 1).replace(/_+$/, '')}_${suffix}`
  })
}

/** Two names that differ in case alone are one for some hosts. */
function keyOf(name: string): string {
  return name.toLowerCase().slice(0, MAX_LENGTH)
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
