import type { ResourceError } from '../errors.ts'
import { resourceError, resourceHints } from './resource-error.ts'

/** Names that decide who is asking, where to, or how the message is framed (RFC 9110, RFC 9112 section 6). */
const RESERVED_HEADER =
  /^(authorization|host|cookie|connection|(transfer|content|accept)-encoding|content-length|te|trailer|upgrade|expect|keep-alive|x-(http-method|(http-)?method-override|original-url|rewrite-url|real-ip)|(x-forwarded|proxy|sec)-.*|forwarded|__proto__)$/
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e]*$/

/** Headers that this package sets itself. */
const OWN_HEADER =
  /^(accept|content-type|idempotency-key|user-agent|traceparent|tracestate|baggage)$/

/** Whether a value is the name of a header that is neither reserved nor one of this package's own. */
export function isFreeHeader(value: unknown): boolean {
  const name = typeof value === 'string' ? value.toLowerCase() : ''
  return HEADER_NAME.test(name) && !RESERVED_HEADER.test(name) && !OWN_HEADER.test(name)
}

/** What carries a credential, by its name. */
const CREDENTIAL_HEADER =
  /api-?key|apikey|auth(?!or(?!i[sz]))|token|secret|password|passwd|credential|session|csrf|xsrf|signature|assertion|access-?key|private-?key|cookie|impersonat|on-behalf|acting-?as/i

/**
 * Whether a header with this name carries a credential: a model never has one to send, and its value is a secret.
 *
 * @example
 * ```ts
 * import { namesCredential } from '@authsec/core/adapter'
 *
 * console.log(namesCredential('X-Api-Key'), namesCredential('Stripe-Version')) // true false
 * ```
 */
export function namesCredential(header: string): boolean {
  return CREDENTIAL_HEADER.test(header)
}

/** The developer's headers in lower case; a reserved or unsendable one is refused, never dropped. */
export function checkHeaders(
  headers: Readonly<Record<string, unknown>>,
  alsoReserved?: string,
): Record<string, string> {
  const checked: Record<string, string> = {}
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase()
    if (
      !HEADER_NAME.test(name) ||
      RESERVED_HEADER.test(name) ||
      name === alsoReserved ||
      Object.hasOwn(checked, name)
    ) {
      throw headerRefused('A request header has a reserved, repeated or malformed name.')
    }
    if (typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      throw headerRefused(`The value of the request header ${shownHeader(name)} cannot be sent.`)
    }
    checked[name] = value
  }
  return checked
}

/** A secret in the place of a name is long. */
function shownHeader(name: string): string {
  return name.length <= 30 ? name : 'with a long name'
}

/**
 * The headers of a standard `fetch` as one record: trimmed, and those of one name joined (Fetch standard, section
 * 2.2.2). Not by `new Headers`, whose errors quote the value.
 */
export function standardHeaders(headers: unknown): Record<string, unknown> {
  const joined = new Map<string, unknown>()
  for (const [given, value] of pairsOf(headers)) {
    const name = given.toLowerCase()
    const text = headerText(value)
    const before = joined.get(name)
    joined.set(name, before === undefined ? text : joinedText(before, text))
  }
  return Object.fromEntries(joined)
}

function pairsOf(headers: unknown): readonly (readonly [string, unknown])[] {
  if (headers === undefined || headers === null) return []
  if (typeof headers !== 'object') throw malformed()
  const pairs: unknown[] = isIterable(headers) ? [...headers] : Object.entries(headers)
  if (pairs.every(isPair)) return pairs
  throw malformed()
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value
}

function isPair(value: unknown): value is [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
}

/** Other values than these stay as they are, and are refused by their name. */
function headerText(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value.replace(/^[\t\r\n ]+|[\t\r\n ]+$/g, '') : value
}

/** `null` cannot be sent: of two values, one that is no text is enough. */
function joinedText(before: unknown, value: unknown): unknown {
  return typeof before === 'string' && typeof value === 'string' ? `${before}, ${value}` : null
}

function malformed(): ResourceError {
  return headerRefused('The request headers are neither a record nor a list of names and values.')
}

function headerRefused(message: string): ResourceError {
  return resourceError('header_refused', message, resourceHints.header_refused)
}
