import type { SecureFetchResponse } from '../call/response-guard.ts'
import type { CallContext, SecureFetchRequest } from '../call/secure-fetch-request.ts'
import type { AuthSecClient } from '../client/client.ts'
import { AuthSecError, ConfigError } from '../errors.ts'
import type { Query } from '../policy/endpoint.ts'
import { resourceError } from '../policy/resource-error.ts'
import { valueAt } from './data-path.ts'
import { nextPage, pageKey, REFUSED } from './next-page.ts'
import type { PageRules } from './pagination.ts'
import type { Selection } from './select.ts'

/** Why no further page was read although there is one. */
export type PageStop =
  | 'max_pages'
  | 'max_items'
  | 'max_characters'
  | 'page_failed'
  | 'approval_required'
  | 'next_refused'
  | 'next_repeated'

/** What came of the pages of one call. */
export interface PagesRead {
  readonly items: readonly unknown[]
  /** How many pages the items are from. */
  readonly read: number
  /** Keys that were left out of the pages, because they would reach prototypes. */
  readonly droppedKeys: number
  readonly stopped?: PageStop | undefined
  /** The code of the page that failed. */
  readonly code?: string | undefined
}

/** One call of which further pages may be read. */
export interface PagedCall {
  readonly client: AuthSecClient
  readonly request: SecureFetchRequest
  readonly context: CallContext
  readonly rules: PageRules
  readonly select: Selection | undefined
  /** So many characters of items are enough. */
  readonly enough: number
  /** Where the last request went. */
  lastUrl(): URL | undefined
  /** The code of an answer with an error status. */
  codeOf(response: SecureFetchResponse): string
}

/**
 * Reads the pages after the first, one guarded call each, until there is no next one or a limit is reached. A page that
 * fails takes nothing away from those that came. Throws what is no outcome: aborts and mistakes of the program.
 */
export async function readPages(first: SecureFetchResponse, call: PagedCall): Promise<PagesRead> {
  const { rules } = call
  const items: unknown[] = []
  let query = call.request.query ?? {}
  const keys = new Set([pageKey(query)])
  let characters = 0
  let droppedKeys = 0
  let response = first
  for (let read = 0; ; ) {
    const list = listIn(response, call)
    if (!list && read === 0) throw noList(response)
    const failed = { stopped: 'page_failed', code: 'invalid_response' } as const
    if (!list) return { items, read, droppedKeys, ...failed }
    read += 1
    droppedKeys += response.droppedKeys
    const soFar = { items, read, droppedKeys }
    const room = rules.maxItems - items.length
    for (const item of list.slice(0, room)) items.push(item)
    characters += JSON.stringify(list).length
    const next = nextPage(response, rules, { url: call.lastUrl(), query })
    if (list.length > room) return { ...soFar, stopped: 'max_items' }
    if (next === undefined) return soFar
    if (next === REFUSED) return { ...soFar, stopped: 'next_refused' }
    if (keys.has(next.key)) return { ...soFar, stopped: 'next_repeated' }
    if (list.length === room) return { ...soFar, stopped: 'max_items' }
    if (characters >= call.enough) return { ...soFar, stopped: 'max_characters' }
    if (read >= rules.maxPages) return { ...soFar, stopped: 'max_pages' }
    keys.add(next.key)
    query = next.query
    const answer = await pageAt(query, call)
    if ('stopped' in answer) return { ...soFar, ...answer }
    response = answer.response
  }
}

/** The list in an answer, or what is selected of it; `undefined` where there is none. */
function listIn(
  { data }: SecureFetchResponse,
  { rules, select }: PagedCall,
): unknown[] | undefined {
  const found = data === undefined ? [] : valueAt(data, rules.items)
  if (!Array.isArray(found)) return undefined
  const selected = select ? select(found) : found
  return Array.isArray(selected) ? selected : undefined
}

function noList({ status }: SecureFetchResponse): AuthSecError {
  return resourceError(
    'invalid_response',
    'The API answered without the list that is read in pages.',
    'Correct `items` of `pagination`: it is the path of the list in the answer.',
    { status, carriedOut: true },
  )
}

type Answered =
  | { readonly response: SecureFetchResponse }
  | Required<Pick<PagesRead, 'stopped'>>
  | Required<Pick<PagesRead, 'stopped' | 'code'>>

/** A further page: a call of its own for budgets, permissions, events and the audit log. Nobody is asked about it. */
async function pageAt(query: Query, call: PagedCall): Promise<Answered> {
  const { client } = call
  const { approved: _first, ...request } = { ...call.request, query }
  const { callId: _id, ...names } = call.context
  // Rules of approval look at the values: at those that are sent, whoever chose them.
  const context = { ...names, values: { ...names.values, ...query } }
  try {
    const plan = await client.plan(request, context)
    if (plan.status === 'needs_approval') return { stopped: 'approval_required' }
    const response = await client.secureFetch(request, context)
    return response.ok ? { response } : { stopped: 'page_failed', code: call.codeOf(response) }
  } catch (error) {
    if (request.signal?.aborted || !AuthSecError.isInstance(error)) throw error
    if (ConfigError.isInstance(error)) throw error
    return { stopped: 'page_failed', code: error.code }
  }
}
