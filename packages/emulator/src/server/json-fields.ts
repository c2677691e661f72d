import type { Context } from 'hono'

/** The fields of a request body that a route reads, with the types that the server declares for them. */
export interface BodyShape {
  readonly required?: readonly string[]
  readonly optional?: readonly string[]
  readonly lists?: readonly string[]
  readonly flags?: readonly string[]
}

export interface JsonFields {
  /** An empty text when the field is absent, as in Go. */
  text(name: string): string
  list(name: string): readonly string[] | undefined
  flag(name: string): boolean
}

/** Reads a JSON body as the server does. It ignores other fields and reports wrong types and missing fields. */
export async function jsonFields(
  c: Context,
  { required = [], optional = [], lists = [], flags = [] }: BodyShape,
): Promise<JsonFields | { problem: string }> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { problem: 'the body is not a JSON object' }
  }
  const fields = new Map<string, unknown>(
    Object.entries(body).filter(([, value]) => value !== null),
  )
  const wrongType = [
    ...[...required, ...optional].filter((name) => !isAbsentOr(fields.get(name), isText)),
    ...lists.filter((name) => !isAbsentOr(fields.get(name), isTextList)),
    ...flags.filter((name) => !isAbsentOr(fields.get(name), (value) => typeof value === 'boolean')),
  ]
  if (wrongType[0] !== undefined) return { problem: `json: wrong type of field ${wrongType[0]}` }
  const missing = required.find((name) => !fields.get(name))
  if (missing !== undefined) {
    return { problem: `Field validation for '${missing}' failed on the 'required' tag` }
  }
  return {
    text: (name) => String(fields.get(name) ?? ''),
    list(name) {
      const value = fields.get(name)
      return isTextList(value) ? value : undefined
    },
    flag: (name) => fields.get(name) === true,
  }
}

function isAbsentOr(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText)
}
