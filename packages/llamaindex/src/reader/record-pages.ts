import type { Page } from './fetch-page.ts'
import { firstPosition, positionAfter, searchOf } from './next-page.ts'
import type { Position } from './position.ts'
import { problem } from './read-error.ts'
import type { ReadPlan } from './read-options.ts'
import type { ReadRun, ReadSummary } from './read-run.ts'
import type { AuthSecDocument } from './to-document.ts'

/** An API that is down must not be asked for 10 000 pages in turn: then `skip` is `stop`. */
const MAX_FAILURES_IN_A_ROW = 5

type FetchPage = (position: Position, signal: AbortSignal) => Promise<Page>

interface Turn {
  documents: AuthSecDocument[]
  next: Position | undefined
  /** The next page, already requested. */
  pending: Promise<Page> | undefined
  hasFailed?: boolean
}

/**
 * One page after another, the next one requested while the present one is being consumed: two pages
 * at most are in memory. Ends the request under way when the consumer stops early.
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
      const turn: Turn = await takeTurn(position, pending, number, request, plan, run)
      failures = turn.hasFailed ? failures + 1 : 0
      if (failures === MAX_FAILURES_IN_A_ROW) break
      if (turn.documents.length > 0) yield turn.documents
      position = turn.next
      pending = turn.pending
    }
    return run.summary
  } finally {
    plan.signal?.removeEventListener('abort', onAbort)
    abort.abort()
  }
}

/** Awaits a page and requests the one after it, before its documents are made. */
async function takeTurn(
  position: Position,
  arriving: Promise<Page>,
  number: number,
  request: Requests,
  plan: ReadPlan,
  run: ReadRun,
): Promise<Turn> {
  let next = positionAfter(plan.pagination, position)
  let pending: Promise<Page> | undefined
  try {
    const page = await arriving
    next = page.next
    pending = request(next)
    const { records, retrievedAt } = page
    const isEmpty = records.length === 0
    return { documents: isEmpty ? [] : run.accept({ records, retrievedAt }), next, pending }
  } catch (error) {
    plan.signal?.throwIfAborted()
    const decision = await run.fail(error, number)
    const failed = { documents: [], hasFailed: true }
    if (decision === 'stop') return { ...failed, next: undefined, pending: undefined }
    return { ...failed, next, pending: pending ?? request(next) }
  }
}

type Requests = (position: Position | undefined) => Promise<Page> | undefined

/** Requests each place once. One that was visited before, or is one too many, is a page that fails. */
function createRequests(send: (position: Position) => Promise<Page>, maxPages: number): Requests {
  const visited = new Set<string>()
  const checked = async (position: Position): Promise<Page> => {
    const place = `${position.endpoint}?${searchOf(position.query)}`
    if (visited.has(place)) throw loop()
    if (visited.size === maxPages) throw tooMany(maxPages)
    visited.add(place)
    return send(position)
  }
  return (position) => {
    if (!position) return undefined
    const page = checked(position)
    // Awaited a turn later, or never when the consumer stops.
    page.catch(() => undefined)
    return page
  }
}

function loop(): Error {
  return problem(
    'pagination_loop',
    'The API led back to a page that was read before.',
    'Look at how the API says where its next page is.',
  )
}

function tooMany(maxPages: number): Error {
  return problem(
    'too_many_pages',
    `There are more than ${maxPages} pages.`,
    'Ask for larger pages with `query`, or raise `maxPages`.',
  )
}
