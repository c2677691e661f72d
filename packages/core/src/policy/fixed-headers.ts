import { invalidOption, kindOf, type OptionCheck } from '../options/option-checks.ts'
import { isPlainObject, optional } from '../options/option-values.ts'
import { isFreeHeader, namesCredential } from './request-headers.ts'

/** Headers whose names and values the developer fixes: of a resource, or of an operation. Names are in lower case. */
export type FixedHeaders = Readonly<Record<string, string>>

/** Visible ASCII, with spaces and tabs inside only: HTTP drops those at the ends (RFC 9110 section 5.5). */
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/
const MAX_CHARACTERS = 8_192
const MAX_HEADERS = 32

/** Refuses a header that cannot be fixed. The value may be a secret, and is in no error. */
export const optionalFixedHeaders: OptionCheck = optional((value, field) => {
  isPlainObject(value, field)
  const entries = Object.entries<unknown>(Object(value))
  if (entries.length > MAX_HEADERS) {
    throw invalidOption(field, `must have at most ${MAX_HEADERS} headers, not ${entries.length}`)
  }
  const seen = new Set<string>()
  for (const [name, text] of entries) {
    const what = `${field}${placeOf(name)}`
    if (!isFreeHeader(name)) {
      throw invalidOption(
        what,
        'is no name of a header, or one that the client or HTTP sets',
        'Remove it: authorization, cookies, content type, framing, routing and tracing headers are not set here.',
      )
    }
    if (seen.has(name.toLowerCase())) {
      throw invalidOption(what, 'is there twice: names of headers have no case')
    }
    seen.add(name.toLowerCase())
    assertValue(text, what)
  }
})

function assertValue(text: unknown, what: string): void {
  if (typeof text !== 'string') throw invalidOption(what, `must be a text, not ${kindOf(text)}`)
  if (VALUE.test(text) && text.length <= MAX_CHARACTERS) return
  throw invalidOption(
    what,
    `must have 1 to ${MAX_CHARACTERS} visible characters of ASCII, without line breaks and without spaces at its ends`,
    'Trim it: a value that was read from a file often ends with a line break.',
  )
}

/** A secret in the place of a name is long, or no name. */
function placeOf(name: string): string {
  return /^[\w-]{1,30}$/.test(name) ? `.${name}` : ' has a name that'
}

/** Checked headers with their names in lower case; nothing where there are none. */
export function fixedHeaders(
  headers: Readonly<Record<string, string>> | undefined,
): FixedHeaders | undefined {
  const entries = Object.entries(headers ?? {})
  if (entries.length === 0) return undefined
  return Object.freeze(
    Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])),
  )
}

/** The headers of a resource and those of an operation, which come first. */
export function mergedHeaders(
  { headers }: { readonly headers?: FixedHeaders | undefined },
  own: FixedHeaders | undefined,
): FixedHeaders | undefined {
  return own ? Object.freeze({ ...headers, ...own }) : headers
}

interface ResourceHeaders {
  readonly name: string
  readonly headers?: FixedHeaders | undefined
  readonly callIdHeader?: string | undefined
}

/**
 * Throws `ConfigError` where two set the same header. An operation is defined without its resource, so the call finds it;
 * a model can do nothing about it.
 */
export function assertHeadersApart(
  { name: resource, headers = {}, callIdHeader }: ResourceHeaders,
  { chosen, fixed, key }: HeadersOfCall,
): void {
  if (!chosen && !fixed && key === undefined) return
  const isSet = (name: string): boolean =>
    name === callIdHeader || Object.hasOwn(headers, name) || Object.hasOwn(fixed ?? {}, name)
  const names = [...Object.keys(chosen ?? {}), ...(key === undefined ? [] : [key])]
  const twice =
    names.find((name) => isSet(name.toLowerCase())) ??
    Object.keys(fixed ?? {}).find((name) => name === callIdHeader)
  if (twice === undefined) return
  throw invalidOption(
    `The header ${twice.toLowerCase()} of an operation`,
    `is set already, by the operation or by its resource ${resource}`,
    'Remove one of the two, or rename it: `headers`, `headerParams`, `idempotencyKey` and `callIdHeader` have a header each.',
  )
}

interface HeadersOfCall {
  readonly chosen?: Readonly<Record<string, string>> | undefined
  readonly fixed?: FixedHeaders | undefined
  /** The name of the header that carries the key of the call. */
  readonly key?: string | undefined
}

/** Shorter values could be any text of an answer. */
const MIN_SECRET = 16

/** The values of headers that carry credentials, by their names. */
export function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  const secrets: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && value.length >= MIN_SECRET && namesCredential(name))
      secrets.push(value)
  }
  return secrets
}
