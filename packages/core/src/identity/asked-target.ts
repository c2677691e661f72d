import type { CallTarget } from '../events.ts'
import { cutTo, plainLine } from '../support/plain-line.ts'
import { createClientIdRedactor } from '../support/redact-client-id.ts'
import { METHODS } from './http-methods.ts'
import { resourceNamed, resourcesAt } from './resource-index.ts'

const MAX_ROUTE = 200
const UNKNOWN = 'unknown'
/** The characters of paths (RFC 3986 section 3.3). */
const PATH = /^[A-Za-z0-9\-._~!$&'()*+,;=@%/]*$/
/** A token in the place of a path. */
const TOKEN = /\beyJ[\w-]{6,}(?:\.[\w-]*){1,4}/g

interface Asked {
  readonly resource?: unknown
  readonly method?: unknown
  /** The developer's name of the call. */
  readonly route?: string | undefined
  /** A path or a URL. A model may have written it. */
  readonly address: unknown
}

interface Known {
  readonly resources: readonly { readonly name: string; readonly baseUrl: URL }[]
  readonly clientId: string
}

/**
 * What a call that was refused asked for, as events may hold it: known methods, paths and URLs, without query,
 * user information and tokens. Anything else is `unknown`, because a value in the wrong place may be a secret.
 */
export function askedTarget(
  { resource, method = 'GET', route, address }: Asked,
  { resources, clientId }: Known,
): CallTarget {
  const named = typeof resource === 'string' ? resourceNamed(resources, resource) : undefined
  const only = resource === undefined && resources.length === 1 ? resources[0] : undefined
  const upper = typeof method === 'string' ? method.toUpperCase() : UNKNOWN
  return {
    resource: (named ?? only)?.name ?? UNKNOWN,
    method: METHODS.includes(upper) ? upper : UNKNOWN,
    route: cutTo(plainLine(route ?? redactedPlace(address, clientId)), MAX_ROUTE),
    permission: [],
  }
}

/** The same for a URL, which belongs to the resource that it is below. */
export function askedUrl({ address, method }: Asked, known: Known): CallTarget {
  const url = typeof address === 'string' && URL.canParse(address) ? address : ''
  const here = resourcesAt(known.resources, URL.parse(url)?.origin ?? '')
  const owner = here.find(({ baseUrl }) => url.startsWith(baseUrl.href))
  return askedTarget({ resource: owner?.name ?? '', address: url || UNKNOWN, method }, known)
}

function redactedPlace(address: unknown, clientId: string): string {
  return createClientIdRedactor(clientId)(placeOf(address))
}

function placeOf(address: unknown): string {
  if (typeof address !== 'string') return UNKNOWN
  const [text = ''] = address.slice(0, 4_096).split(/[?#]/, 1)
  const isUrl = text.includes(':') || text.startsWith('//')
  const url = isUrl ? URL.parse(text, 'https://relative.invalid') : undefined
  const place = url ? `${url.protocol}//${url.host}${url.pathname}` : text
  return url || PATH.test(text) ? place.replace(TOKEN, UNKNOWN) : UNKNOWN
}
