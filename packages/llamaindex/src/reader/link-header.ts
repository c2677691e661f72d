import type { Position } from './position.ts'
import { problem } from './read-error.ts'

const MAX_LENGTH = 8192
/** One link-value of RFC 8288 section 3. */
const LINK = /<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]*))?)*)/g

/** The target of `rel="next"`, as it stands in the header. */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  if (header.length > MAX_LENGTH) throw refused('is longer than 8 192 characters')
  for (const [, target, parameters = ''] of header.matchAll(LINK)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))/i.exec(parameters)
    const relations = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/)
    if (relations.includes('next')) return target
  }
  return undefined
}

/** Stands for the API's own address when it is not known; reserved, so nothing can be there. */
const UNKNOWN_ORIGIN = 'https://relative.invalid/'

/**
 * A link as endpoint and query below the resource, for `secureFetch`, which judges both again. With
 * the base URL it must have the same origin and base path. Without it, it may name no origin and
 * only the same endpoint, so that nothing but its query is taken.
 */
export function resolveLink(target: string, endpoint: string, baseUrl: URL | undefined): Position {
  const base = baseUrl ?? new URL(UNKNOWN_ORIGIN)
  const here = new URL(base.href + endpoint)
  if (!URL.canParse(target, here.href)) throw refused('is not a URL')
  const url = new URL(target, here)
  if (url.origin !== base.origin || url.username || url.password) {
    throw baseUrl
      ? refused('leads to another server')
      : refused('names a server, and the reader does not know its own')
  }
  return { endpoint: endpointOf(url, here, base, baseUrl !== undefined), query: queryOf(url) }
}

function endpointOf(url: URL, here: URL, base: URL, isKnown: boolean): string {
  if (isKnown && url.pathname.startsWith(base.pathname)) {
    return url.pathname.slice(base.pathname.length)
  }
  const isSame = url.pathname === here.pathname || url.pathname.endsWith(here.pathname)
  if (!isKnown && isSame) return here.pathname.slice(1)
  throw refused(isKnown ? 'leads out of the API' : 'names another endpoint')
}

function queryOf(url: URL): Position['query'] {
  const names = new Set(url.searchParams.keys())
  return Object.fromEntries([...names].map((name) => [name, url.searchParams.getAll(name)]))
}

function refused(why: string): Error {
  return problem(
    'next_page_refused',
    `The link to the next page ${why}, so it was not followed.`,
    'Links lead to the same API. If the API names itself by its whole URL, give the reader `baseUrl`.',
  )
}
