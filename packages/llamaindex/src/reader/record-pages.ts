import { searchParams } from '@authsec/core/adapter'
import type { Page } from './fetch-page.ts'
import { firstPosition, positionAfter } from './next-page.ts'
import type { Position } from './position.ts'
import { problem } from './read-error.ts'
import { readHints } from './read-hints.ts'
import type { ReadPlan } from './read-plan.ts'
import type { ReadRun, ReadSummary } from './read-run.ts'
import type { AuthSecDocument } from './to-document.ts'

/** After so many failed pages in a row, `skip` is `stop`: an API that is down is not asked for 10 000 pages. */
const MAX_FAILURES_IN_A_ROW = 5

type FetchPage = (position: Position, signal: AbortSignal) => Promise<Page>

/** What came of one page, and of the request for the next one. */
interface PageResult {
  documents: AuthSecDocument[]
  next: Position | undefined
  /** The next page, already requested. */
  pending: Promise<Page> | undefined
  hasFailed?: boolean
}

/**
 * Reads one page after another. The next page is requested while the present one is consumed, so at
 * most two pages are in memory. When the consumer stops early, the pending request is aborted.
 */
export async function* pagesOf(
  fetchPage: FetchPage,
  plan: ReadPlan,
  run: ReadRun,
): AsyncGenerator<AuthSecDocument[], ReadSummary, undefined> {
  const abort = new AbortController()
  const onAbort = (): void => abort.abort(plan.signal?.reason)
  plan.signal?.addEventListener('abort', onAbort, { once: true })
  const request = createRequests((position) => fetchPage(position, abort.signal), plan.maxPages)
  try {
    let position: Position | undefined = firstPosition(plan)
    let pending = request(position)
    for (let number = 1, failures = 0; position && pending; number++) {
      plan.signal?.throwIfAborted()
      const result: PageResult = await finishPage(position, pending, number, request, plan, run)
      failures = result.hasFailed ? failures + 1 : 0
      if (failures === MAX_FAILURES_IN_A_ROW) break
      if (result.documents.length > 0) yield result.documents
      position = result.next
      pending = result.pending
    }
    return run.summary
  } finally {
    plan.signal?.removeEventListener('abort', onAbort)
    abort.abort()
  }
}

/** Awaits a page, and requests the one after it before the documents of this one are made. */
async function finishPage(
  position: Position,
  arriving: Promise<Page>,
  number: number,
  request: Requests,
  plan: ReadPlan,
  run: ReadRun,
): Promise<PageResult> {
  let next = positionAfter(plan.pagination, position)
  let pending: Promise<Page> | undefined
  try {
    const page = await arriving
    next = page.next
    pending = request(next)
    if (next) {
      await turnOfTransport()
      plan.signal?.throwIfAborted()
    }
    const isEmpty = page.records.length === 0
    return { documents: isEmpty ? [] : run.accept(page), next, pending }
  } catch (error) {
    plan.signal?.throwIfAborted()
    const decision = await run.fail(error, number)
    const failed = { documents: [], hasFailed: true }
    if (decision === 'stop') return { ...failed, next: undefined, pending: undefined }
    return { ...failed, next, pending: pending ?? request(next) }
  }
}

/**
 * The transport writes the request in a turn of the event loop of its own, because undici first looks whether an
 * idle connection was closed. Making documents would hold that turn up, and the API would wait meanwhile.
 */
function turnOfTransport(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

type Requests = (position: Position | undefined) => Promise<Page> | undefined

/** Requests each position once. A position that was visited before, or beyond `maxPages`, is a page that fails. */
function createRequests(send: (position: Position) => Promise<Page>, maxPages: number): Requests {
  const visited = new Set<string>()
  const checked = async (position: Position): Promise<Page> => {
    const key = `${position.endpoint}?${searchParams(position.query)}`
    if (visited.has(key)) throw pageRepeated()
    if (visited.size === maxPages) throw tooManyPages(maxPages)
    visited.add(key)
    return send(position)
  }
  return (position) => {
    if (!position) return undefined
    const page = checked(position)
    // The page is awaited later, or never when the consumer stops: neither is an unhandled rejection.
    page.catch(() => undefined)
    return page
  }
}

function pageRepeated(): Error {
  return problem(
    'pagination_loop',
    'The next page that the API gives was read before.',
    readHints.pagination_loop,
  )
}

function tooManyPages(maxPages: number): Error {
  return problem(
    'too_many_pages',
    `There are more than ${maxPages} pages.`,
    readHints.too_many_pages,
  )
}
