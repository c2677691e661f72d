import { z } from 'zod'
import type { QueryValue } from '../policy/endpoint.ts'

/** One query parameter. A name may occur more than once. */
export interface QueryParameter {
  name: string
  value: string
}

/** What the model fills in. */
export interface SecureFetchInput {
  endpoint: string
  /** `null` and an empty list mean no query. */
  query?: readonly QueryParameter[] | null | undefined
}

/**
 * Limits are checks rather than `maxLength`, and the query is a list rather than a record: strict modes of
 * model providers refuse the whole request for a keyword that they do not know (docs/tool-schemas.md).
 */
function textUpTo(most: number): z.ZodString {
  return z.string().refine((text) => text.length <= most, `must have at most ${most} characters`)
}

const parameter = z.strictObject({
  name: textUpTo(64).describe('Name of the query parameter, such as limit.'),
  value: textUpTo(512).describe(
    'Its value as text, such as 10 or true. It is URL-encoded for you.',
  ),
})

const fields = z.strictObject({
  endpoint: textUpTo(1024).describe(
    'Path below the API, such as metrics or customers/42. No scheme, no host, no query.',
  ),
  query: z
    .array(parameter)
    .describe('Query parameters, such as [{"name":"limit","value":"10"}]. Use [] for none.'),
})

/**
 * The schema of `SecureFetchInput`: every property required, no other allowed, no keyword beyond the common
 * subset. Around the whole object, because LangChain cannot describe a field that is preprocessed.
 */
export const secureFetchInput: z.ZodType<SecureFetchInput> = z.preprocess(withList, fields)

/** What models send without a strict mode, in the one form. The rest is left to be refused. */
function withList(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  return { ...input, query: parametersOf('query' in input ? input.query : undefined) }
}

/** Nothing is no query, an object has values by name, and scalars become text. */
function parametersOf(query: unknown): unknown {
  if (query === undefined || query === null) return []
  if (typeof query !== 'object') return query
  const list: unknown[] = Array.isArray(query)
    ? query
    : Object.entries(query).map(([name, value]) => ({ name, value }))
  return list.map(withTextValue).filter((item) => sentValue(item) !== null)
}

function withTextValue(item: unknown): unknown {
  const value = sentValue(item)
  const isScalar = typeof value === 'boolean' || Number.isFinite(value)
  return isScalar ? { ...Object(item), value: String(value) } : item
}

function sentValue(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'value' in item ? item.value : undefined
}

/** The query by name; a name that occurs more than once has a list. */
export function queryOf(
  parameters: SecureFetchInput['query'],
): Record<string, QueryValue | QueryValue[]> {
  const byName = Map.groupBy(parameters ?? [], ({ name }) => name)
  return Object.fromEntries(
    [...byName].map(([name, [first, ...more]]) => {
      const value = first?.value ?? ''
      return [name, more.length === 0 ? value : [value, ...more.map((one) => one.value)]]
    }),
  )
}
