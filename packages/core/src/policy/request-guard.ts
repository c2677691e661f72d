import type { ResourceError } from '../errors.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { resourceError } from './resource-error.ts'
import { permissionList, type Resource } from './resource-policy.ts'

/** Names that decide who is asking, where to, or how the message is framed (RFC 9110, RFC 9112 section 6). */
const RESERVED_HEADER =
  /^(authorization|host|cookie|connection|(transfer|content|accept)-encoding|content-length|te|trailer|upgrade|expect|keep-alive|x-(http-method|(http-)?method-override|original-url|rewrite-url|real-ip)|(x-forwarded|proxy|sec)-.*|forwarded)$/
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e]*$/
const MAX_BODY_BYTES = 262_144

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
    'Leave authorization and connection headers out; others are printable ASCII.',
  )
}

/** The body as JSON text, within the limit. */
export function encodeBody(method: string, body: unknown): string | undefined {
  if (body === undefined) return undefined
  if (method === 'GET' || method === 'HEAD') {
    throw resourceError(
      'method_refused',
      `A ${method} request has no body.`,
      'Put the values in `query`, or use another method.',
    )
  }
  const text = JSON.stringify(body)
  if (text === undefined || Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw resourceError(
      'request_too_large',
      'The request body is not JSON, or is larger than 256 KiB.',
      'Send less, or in several calls.',
    )
  }
  return text
}

/**
 * Returns the token, or refuses a call that the API would refuse. It is advice, to save a doomed call and to say clearly
 * why: the API decides.
 */
export function checkToken(
  token: DelegationToken,
  resource: Resource,
  permission: string | readonly string[] | undefined,
): DelegationToken {
  const needed = new Set([...resource.permissions, ...permissionList(permission)])
  const missing = [...needed].filter((name) => !token.permissions.includes(name))
  if (missing.length > 0) {
    const names = missing.join(', ')
    throw resourceError(
      'permission_missing',
      `The agent's delegation does not include the permission ${names}.`,
      `Ask the AuthSec administrator to delegate ${names} to this agent; it has ${token.permissions.join(', ') || 'no permission'}.`,
    )
  }
  if (resource.audience !== undefined && !token.audience.includes(resource.audience)) {
    throw resourceError(
      'audience_mismatch',
      `The agent's token was not issued for ${resource.name}, so it is not sent there.`,
      `Delegate with the audience ${resource.audience}, or correct \`audience\` of the resource.`,
    )
  }
  return token
}
