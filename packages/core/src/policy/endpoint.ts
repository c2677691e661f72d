import type { ResourceError } from '../errors.ts'
import { resourceError } from './resource-error.ts'

export type QueryValue = string | number | boolean
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>

const MAX_URL_LENGTH = 2048
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
  const built = `${baseUrl.origin}${baseUrl.pathname}${path}`
  const url = URL.parse(built)
  // What was checked must be what is sent: the parser may not have changed a character.
  if (url?.href !== built) throw endpointRefused('is not a plain path')
  appendQuery(url, query)
  assertLength(url.href)
  return url
}

export function assertPath(path: string): void {
  assertLength(path)
  // The unreserved and sub-delimiter characters of RFC 3986, without `\`, `?`, `#`, `:` in the first segment.
  if (!/^[A-Za-z0-9\-._~!$&'()*+,;=@:%/]*$/.test(path)) {
    throw endpointRefused('has a character that a path may not contain')
  }
  if (path.startsWith('/') || path.split('/', 1)[0]?.includes(':')) {
    throw endpointRefused('is an absolute URL or has a scheme')
  }
  if (/%(2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i.test(path)) {
    throw endpointRefused('escapes a character that needs no escape')
  }
  const once = decodePath(path)
  const twice = decodePath(once, true)
  for (const text of [path, once, twice]) assertSegments(text)
  if (/%2f|%5c/i.test(path) || /%2f|%5c/i.test(once)) throw endpointRefused('hides a slash')
}

function assertLength(text: string): void {
  if (text.length <= MAX_URL_LENGTH) return
  throw endpointRefused(`is longer than ${MAX_URL_LENGTH} characters`)
}

function assertSegments(path: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(path))
    throw endpointRefused('has a control character or a backslash')
  for (const segment of path.split('/')) {
    const name = segment.split(';', 1)[0]
    if (name === '.' || name === '..') throw endpointRefused('contains a dot segment')
  }
}

function decodePath(path: string, lenient = false): string {
  try {
    return decodeURIComponent(path)
  } catch {
    if (lenient) return path
    throw endpointRefused('has an invalid percent escape')
  }
}

/** One path parameter as one segment; refuses values that a server could read as more than one. */
export function encodeSegment(name: string, value: QueryValue): string {
  const text = String(value)
  if (text === '' || text === '.' || text === '..' || /[/\\]/.test(text)) {
    throw endpointRefused(`has a value for {${name}} that is not one path segment`)
  }
  if (!text.isWellFormed())
    throw endpointRefused(`has a value for {${name}} that is not valid text`)
  return encodeURIComponent(text)
}

function appendQuery(url: URL, query: Query | undefined): void {
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue
    if (RESERVED_QUERY.includes(name.toLowerCase())) {
      throw resourceError(
        'query_refused',
        'A query parameter has a reserved name.',
        `These names are never sent: ${RESERVED_QUERY.join(', ')}.`,
      )
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(name, String(item))
    }
  }
}

export function endpointRefused(problem: string): ResourceError {
  return resourceError(
    'endpoint_refused',
    `The endpoint ${problem}, so nothing was sent.`,
    'Give a plain path below the API, such as customers/42/billing, and pass the query separately.',
  )
}
