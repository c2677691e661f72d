import { METHODS } from '../identity/http-methods.ts'
import { nearestName } from '../options/nearest-name.ts'
import { invalidOption } from '../options/option-checks.ts'
import { isPlainValue } from '../schema/readable-text.ts'
import type { Named } from './tool-names.ts'

/** Which operations become tools: those that fit every list that is given. */
export interface OpenApiInclude {
  readonly operationIds?: readonly string[] | undefined
  /** One of the operation's tags. */
  readonly tags?: readonly string[] | undefined
  /** Paths of the document. A `*` at the end stands for any rest: `/pets/*`. */
  readonly paths?: readonly string[] | undefined
  readonly methods?: readonly string[] | undefined
}

export interface Includable extends Named {
  readonly tags: readonly string[]
}

/** Those of the operations that are included. Throws `ConfigError` for a name that no operation has: it is misspelt. */
export function included<Operation extends Includable>(
  operations: readonly Operation[],
  { operationIds, tags, paths, methods }: OpenApiInclude,
): readonly Operation[] {
  const upper = methods?.map((method) => method.toUpperCase())
  assertMethods(methods)
  assertAll(
    'operationIds',
    operationIds,
    operations.map(({ operationId }) => operationId),
  )
  assertAll(
    'tags',
    tags,
    operations.flatMap((operation) => operation.tags),
  )
  for (const pattern of paths ?? []) {
    if (operations.some(({ path }) => fits(path, pattern))) continue
    assertAll(
      'paths',
      [pattern],
      operations.map(({ path }) => path),
    )
  }
  return operations.filter((operation) => {
    const { operationId = '', path, method } = operation
    return (
      (operationIds === undefined || operationIds.includes(operationId)) &&
      (tags === undefined || operation.tags.some((tag) => tags.includes(tag))) &&
      (paths === undefined || paths.some((pattern) => fits(path, pattern))) &&
      (upper === undefined || upper.includes(method))
    )
  })
}

function fits(path: string, pattern: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
}

/** Any that there is: a document without it now may have it later. */
function assertMethods(methods: readonly string[] | undefined): void {
  const unknown = methods?.find((method) => !METHODS.includes(method.toUpperCase()))
  if (unknown === undefined) return
  const near = nearestName(unknown.toUpperCase(), METHODS)
  const question = near === undefined ? '' : `; did you mean "${near}"?`
  throw invalidOption(
    '`include.methods`',
    `names ${JSON.stringify(unknown.slice(0, 100))}, which is no method of a tool${question}`,
    `Allowed are ${METHODS.join(', ')}.`,
  )
}

function assertAll(
  field: string,
  names: readonly string[] | undefined,
  known: readonly (string | undefined)[],
): void {
  const all = new Set(known)
  const unknown = names?.find((name) => !all.has(name))
  if (unknown === undefined) return
  // What the document can write is shown to an operator, in a terminal.
  const isShown = (name: string | undefined): name is string =>
    name !== undefined && isPlainValue(name, 100)
  const near = nearestName(unknown, [...all].filter(isShown).slice(0, 2_000))
  const question = near === undefined ? '' : `; did you mean "${near}"?`
  throw invalidOption(
    `\`include.${field}\``,
    `names ${JSON.stringify(unknown.slice(0, 100))}, which no operation of the document has${question}`,
    `Correct \`include.${field}\`: it is compared letter by letter.`,
  )
}
