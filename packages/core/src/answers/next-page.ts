import type { SecureFetchResponse } from '../call/response-guard.ts'
import { type Query, searchParams } from '../policy/endpoint.ts'
import { valueAt } from './data-path.ts'
import { nextLinkIn } from './link-header.ts'
import type { PageRules } from './pagination.ts'

/** There is a next page, and the answer leads to it by something that is never followed. */
export const REFUSED = Symbol('refused')

/** The query of a next page. Of what an API says, nothing else is used: the path stays what it was. */
export interface NextPage {
  readonly query: Query
  /** The same for the same page. */
  readonly key: string
}

const REDACTED = '[REDACTED]'
const MAX_CURSOR = 1_024

/** The page that the answer names as the next one; `undefined` for the last page. */
export function nextPage(
  response: SecureFetchResponse,
  { next, cursor }: PageRules,
  { url, query }: { url: URL | undefined; query: Query },
): NextPage | typeof REFUSED | undefined {
  if (next === 'link') {
    const target = nextLinkIn(response.headers['link'])
    if (target === undefined) return undefined
    const found = url && linkedQuery(target, url)
    return found ? page(found) : REFUSED
  }
  const value = valueAt(response.data, cursor)
  if (value === undefined || value === null || value === '' || value === false) return undefined
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof text !== 'string' || text.length > MAX_CURSOR || text.includes(REDACTED)) {
    return REFUSED
  }
  return page({ ...query, [next.parameter]: text })
}

/** Refused where a name in it is reserved, such as that of a credential. */
function page(query: Query): NextPage | typeof REFUSED {
  try {
    return { query, key: pageKey(query) }
  } catch {
    return REFUSED
  }
}

export function pageKey(query: Query): string {
  return searchParams(query).toString()
}

/** The query of a link that leads to the same path of the same resource; `undefined` for any other. */
function linkedQuery(target: string, from: URL): Query | undefined {
  const [path = ''] = target.split(/[?#]/, 1)
  // A parser takes these away, and what is left may be another path to another parser.
  if (/\.\.|%2e|\\|[^\x21-\x7e]/i.test(path) || target.includes(REDACTED)) return undefined
  const url = URL.parse(target, from.href)
  const isSame = url?.origin === from.origin && url.pathname === from.pathname
  if (!url || !isSame || url.username !== '' || url.password !== '') return undefined
  const byName = Map.groupBy(url.searchParams, ([name]) => name)
  return Object.fromEntries(
    [...byName].map(([name, pairs]) => {
      const values = pairs.map(([, value]) => value)
      // As a model's: a list is what has several values, and rules of approval compare them.
      return [name, values.length === 1 ? String(values[0]) : values]
    }),
  )
}
