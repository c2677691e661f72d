import { nextLinkIn } from '@authsec/core/adapter'
import type { Position } from './position.ts'
import { problem } from './read-error.ts'

const MAX_LENGTH = 8192

/** The target of `rel="next"` (RFC 8288 section 3.3), unresolved. */
export function nextLink(header: string | undefined): string | undefined {
  if (header !== undefined && header.length > MAX_LENGTH) {
    throw linkError('is longer than 8 192 characters')
  }
  return nextLinkIn(header)
}

/** Used when the API's address is not known. No host can exist below .invalid (RFC 2606 section 2). */
const UNKNOWN_ORIGIN = 'https://relative.invalid/'

/**
 * Resolves a link to an endpoint and a query below the resource; `secureFetch` checks both again.
 * When the base URL is known, the link must have its origin and path. When it is not known, the link
 * may have no origin and only the present endpoint, so that only its query is used.
 */
export function resolveLink(target: string, endpoint: string, baseUrl: URL | undefined): Position {
  const base = baseUrl ?? new URL(UNKNOWN_ORIGIN)
  const here = new URL(base.href + endpoint)
  if (!URL.canParse(target, here.href)) throw linkError('is not a URL')
  const url = new URL(target, here)
  if (url.origin !== base.origin || url.username || url.password) {
    throw baseUrl
      ? linkError('names another server')
      : linkError('names a server, and the reader has no base URL to compare it with')
  }
  return { endpoint: endpointOf(url, here, base, baseUrl !== undefined), query: queryOf(url) }
}

function endpointOf(url: URL, here: URL, base: URL, isKnown: boolean): string {
  if (isKnown && url.pathname.startsWith(base.pathname)) {
    return url.pathname.slice(base.pathname.length)
  }
  const isSame = url.pathname === here.pathname || url.pathname.endsWith(here.pathname)
  if (!isKnown && isSame) return here.pathname.slice(1)
  throw linkError(isKnown ? 'names a path outside of the API' : 'names another endpoint')
}

function queryOf(url: URL): Position['query'] {
  const names = new Set(url.searchParams.keys())
  return Object.fromEntries([...names].map((name) => [name, url.searchParams.getAll(name)]))
}

function linkError(why: string): Error {
  return problem(
    'next_page_refused',
    `The link to the next page ${why}, so it was not followed.`,
    'A link must stay below the resource. If the API sends whole URLs, give the reader `baseUrl`.',
  )
}
