import type { ResourceError } from '../errors.ts'
import { resourceError } from './resource-error.ts'

/** Names that decide who is asking, where to, or how the message is framed (RFC 9110, RFC 9112 section 6). */
const RESERVED_HEADER =
  /^(authorization|host|cookie|connection|(transfer|content|accept)-encoding|content-length|te|trailer|upgrade|expect|keep-alive|x-(http-method|(http-)?method-override|original-url|rewrite-url|real-ip)|(x-forwarded|proxy|sec)-.*|forwarded)$/
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e]*$/

/** The developer's headers in lower case; a reserved or unsendable one is refused, never dropped. */
export function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {}
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase()
    if (!HEADER_NAME.test(name) || RESERVED_HEADER.test(name) || Object.hasOwn(checked, name)) {
      throw headerRefused('A request header has a reserved, repeated or malformed name.')
    }
    if (typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      throw headerRefused(`The value of the request header ${name} cannot be sent.`)
    }
    checked[name] = value
  }
  return checked
}

function headerRefused(message: string): ResourceError {
  return resourceError(
    'header_refused',
    message,
    'Leave authorization and connection headers out; other values must be printable ASCII.',
  )
}
