import type { ResourceError } from '../errors.ts'
import { assertLength, assertPath, endpointRefused } from './path-check.ts'
import { resourceError } from './resource-error.ts'
import { shownName, urlText } from './url-values.ts'

/** Sent as text: finite numbers in decimal, dates in ISO 8601. */
export type QueryValue = string | number | bigint | boolean | Date
/** A list repeats the name, an item each time. `undefined` and `null` are left out, also in a list. */
export type Query = Readonly<
  Record<string, QueryValue | readonly (QueryValue | null | undefined)[] | null | undefined>
>

/** Parameters that would carry a credential or change the method; RFC 6750 section 5.3 forbids tokens in URLs. */
export const RESERVED_QUERY: readonly string[] = ['access_token', 'token', '_method', 'client_id']

/**
 * The URL of an endpoint below a resource. The text can only be a path: whatever could leave the base
 * URL, in this parser or in the API's, is refused before anything is parsed.
 */
export function resolveEndpoint(baseUrl: URL, endpoint: unknown, query?: Query): URL {
  if (typeof endpoint !== 'string') throw endpointRefused('is not text')
  const path = endpoint.startsWith('/') ? endpoint.slice(1) : endpoint
  assertPath(path)
  // A base URL has neither query nor fragment.
  const built = `${baseUrl.href}${path}`
  const url = URL.parse(built)
  // What was checked must be what is sent: the parser may not have changed a character.
  if (url?.href !== built) throw endpointRefused('is not a plain path')
  if (query !== undefined && query !== null) url.search = searchParams(query).toString()
  assertLength(url.href)
  return url
}

/** One path parameter as one segment; refuses values that a server could read as none or as more than one. */
export function encodeSegment(name: string, value: unknown): string {
  const written = urlText(value)
  if ('problem' in written) throw segmentRefused(name, written.problem)
  const { text } = written
  if (text === '' || text === '.' || text === '..' || /[/\\]/.test(text)) {
    throw segmentRefused(name, 'is not one path segment')
  }
  // An ID that was rounded is the ID of another record.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw segmentRefused(name, 'is a larger whole number than a number can hold exactly')
  }
  return encodeURIComponent(text)
}

function segmentRefused(name: string, problem: string): ResourceError {
  return resourceError(
    'endpoint_refused',
    `The path parameter {${name}} ${problem}, so nothing was sent.`,
    'Give it a value that stands for one record, such as an ID; a long number as text.',
  )
}

/**
 * A query as it is sent. A list repeats the name; `undefined` and `null` are left out; dates are ISO 8601.
 *
 * @throws ResourceError - `query_refused` for a reserved name, and for a value that has no text in a URL.
 *
 * @example
 * ```ts
 * import { searchParams } from '@authsec/core/adapter'
 *
 * console.log(searchParams({ tag: ['a', 'b'], status: null, page: 2 }).toString()) // tag=a&tag=b&page=2
 * ```
 */
export function searchParams(query: Query): URLSearchParams {
  if (typeof query !== 'object' || query === null || Symbol.iterator in query) {
    throw queryRefused(
      'The query is not an object of names and values',
      'Pass it as { name: value }; URLSearchParams and texts are not taken.',
    )
  }
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) assertNotReserved(name)
    const given = (Array.isArray(value) ? value : [value]).filter(isGiven)
    for (const item of given) search.append(name, queryText(name, item))
  }
  return search
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function assertNotReserved(name: string): void {
  if (!RESERVED_QUERY.includes(name.toLowerCase())) return
  throw queryRefused(
    'A query parameter has a reserved name',
    `These names are never sent: ${RESERVED_QUERY.join(', ')}.`,
  )
}

function queryText(name: string, value: unknown): string {
  const written = urlText(value)
  if ('text' in written) return written.text
  const shown = shownName(name)
  const subject = shown === undefined ? 'A query parameter' : `The query parameter ${shown}`
  throw queryRefused(
    `${subject} ${written.problem}`,
    'Give it a text, a number, a boolean or a date, or a list of these; leave it out or null for none.',
  )
}

function queryRefused(problem: string, hint: string): ResourceError {
  return resourceError('query_refused', `${problem}, so nothing was sent.`, hint)
}
