import type { Context } from 'hono'
import { readFirstJson } from '../support/first-json.ts'

/** The fields of a request body that a route reads, with the types that the server declares for them. */
export interface BodyShape {
  /** Texts that must be there and not be empty. */
  readonly required?: readonly string[]
  readonly optional?: readonly string[]
  readonly lists?: readonly string[]
  /** Lists that must be there. An empty list is one. */
  readonly requiredLists?: readonly string[]
  readonly objects?: readonly string[]
  readonly flags?: readonly string[]
  /** Whole numbers. */
  readonly numbers?: readonly string[]
}

export interface JsonFields {
  /** An empty text when the field is absent, as in Go. */
  text(name: string): string
  list(name: string): readonly string[] | undefined
  object(name: string): Readonly<Record<string, unknown>> | undefined
  /** Default: false. */
  flag(name: string, absent?: boolean): boolean
  number(name: string): number | undefined
}

/**
 * Reads a JSON body as the server does: it ignores other fields, the case of names and whatever follows
 * the first value (contract 0.1), and reports wrong types and missing fields.
 */
export async function jsonFields(
  c: Context,
  shape: BodyShape,
): Promise<JsonFields | { problem: string }> {
  const body = readFirstJson(await c.req.text())
  if (body === undefined) return { problem: 'the body is not JSON' }
  if (typeof body !== 'object' || Array.isArray(body)) {
    return { problem: 'the body is not a JSON object' }
  }
  const fields = new Map<string, unknown>()
  for (const [name, value] of Object.entries(body ?? {})) {
    // In Go, null leaves a field as it is.
    if (value !== null) fields.set(name.toLowerCase(), value)
  }
  const problem = problemOf(fields, shape)
  return problem === undefined ? readerOf(fields) : { problem }
}

function problemOf(fields: ReadonlyMap<string, unknown>, shape: BodyShape): string | undefined {
  const { required = [], requiredLists = [] } = shape
  const types: [readonly string[] | undefined, (value: unknown) => boolean][] = [
    [required, isText],
    [shape.optional, isText],
    [shape.lists, isTextList],
    [requiredLists, isTextList],
    [shape.objects, isObject],
    [shape.flags, (value) => typeof value === 'boolean'],
    [shape.numbers, Number.isInteger],
  ]
  for (const [names = [], isType] of types) {
    const wrong = names.find((name) => fields.has(name) && !isType(fields.get(name)))
    if (wrong !== undefined) return `json: wrong type of field ${wrong}`
  }
  const missing = [...required, ...requiredLists].find((name) => !fields.get(name))
  if (missing === undefined) return undefined
  return `Field validation for '${missing}' failed on the 'required' tag`
}

function readerOf(fields: ReadonlyMap<string, unknown>): JsonFields {
  return {
    text: (name) => String(fields.get(name) ?? ''),
    list(name) {
      const value = fields.get(name)
      return isTextList(value) ? value : undefined
    },
    object(name) {
      const value = fields.get(name)
      return isObject(value) ? value : undefined
    },
    flag: (name, absent = false) => (fields.has(name) ? fields.get(name) === true : absent),
    number(name) {
      const value = fields.get(name)
      return typeof value === 'number' ? value : undefined
    },
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText)
}
