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

/** What is known of the pages so far. */
interface Progress {
  readonly items: unknown[]
  readonly keys: Set<string>
  characters: number
  read: number
  droppedKeys: number
}

/**
 * Reads the pages after the first, one guarded call each, until there is no next one or a limit is reached. A page that
 * fails takes nothing away from those that came. Throws what is no outcome: aborts and mistakes of the program.
 */
export async function readPages(first: SecureFetchResponse, call: PagedCall): Promise<PagesRead> {
  let query = call.request.query ?? {}
  const keys = new Set([pageKey(query)])
  const progress: Progress = { items: [], keys, characters: 0, read: 0, droppedKeys: 0 }
  const ended = (why: Pick<PagesRead, 'stopped' | 'code'> = {}): PagesRead => {
    const { items, read, droppedKeys } = progress
    return { items, read, droppedKeys, ...why }
  }
  for (let response = first; ; ) {
    const list = listIn(response, call)
    if (!list && progress.read === 0) throw noList(response)
    if (!list) return ended({ stopped: 'page_failed', code: 'invalid_response' })
    const isCut = added(progress, list, call.rules.maxItems)
    progress.droppedKeys += response.droppedKeys
    const next = nextPage(response, call.rules, { url: call.lastUrl(), query })
    if (next === undefined) return ended(isCut ? { stopped: 'max_items' } : {})
    if (next === REFUSED) return ended({ stopped: 'next_refused' })
    const stopped = stopBefore(next.key, progress, call)
    if (stopped) return ended({ stopped })
    keys.add(next.key)
    query = next.query
    const answer = await pageAt(query, call)
    if ('stopped' in answer) return ended(answer)
    response = answer.response
  }
}

/** Adds the items of a page, and says whether there were more of them than are wanted. */
function added(progress: Progress, list: readonly unknown[], maxItems: number): boolean {
  const room = maxItems - progress.items.length
  for (const item of list.slice(0, room)) progress.items.push(item)
  progress.characters += JSON.stringify(list).length
  progress.read += 1
  return list.length > room
}

function stopBefore(
  key: string,
  { items, keys, characters, read }: Progress,
  { rules, enough }: PagedCall,
): PageStop | undefined {
  if (keys.has(key)) return 'next_repeated'
  if (items.length >= rules.maxItems) return 'max_items'
  if (characters >= enough) return 'max_characters'
  return read >= rules.maxPages ? 'max_pages' : undefined
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
  | { readonly stopped: PageStop; readonly code?: string }

/** A further page: a call of its own for budgets, permissions, events and the audit log. Nobody is asked about it. */
async function pageAt(query: Query, call: PagedCall): Promise<Answered> {
  const { client, rules } = call
  const { approved: _first, ...request } = { ...call.request, query }
  const { callId: _id, ...names } = call.context
  // Rules of approval look at the values: at those that are sent, whoever chose them.
  const context = { ...names, values: rules.valuesOf(query, names.values ?? {}) }
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
