import { type AuthSecClient, type Clock, ResourceError } from '@authsec/core'
import { delay } from '@authsec/core/adapter'
import { nextPosition } from './next-page.ts'
import type { Position } from './position.ts'
import { problem } from './read-error.ts'
import { LOOK_AT_API } from './read-hints.ts'
import { type ReadPlan, tokenPermission } from './read-plan.ts'
import { recordsOf } from './record-list.ts'

/** Where a read takes its pages from. */
export interface Source {
  readonly client: AuthSecClient
  readonly resource: string | undefined
  /** Ends in a slash. */
  readonly baseUrl: URL | undefined
  readonly clock: Clock
}

export interface Page {
  readonly records: readonly unknown[]
  readonly next: Position | undefined
  readonly retrievedAt: string
  /** Keys of the body that were left out, because they would reach prototypes. */
  readonly droppedKeys: number
}

/** Requests one page, checks it, and finds its records and the position of the next page. Throws when any of this fails. */
export async function fetchPage(
  { client, resource, baseUrl, clock }: Source,
  plan: ReadPlan,
  position: Position,
  signal: AbortSignal,
): Promise<Page> {
  const { endpoint, query } = position
  const permission = tokenPermission(plan)
  const request = { resource, endpoint, query, permission, signal }
  const response = await afterBudget(clock, signal, () =>
    client.secureFetch(request, { route: endpoint }),
  )
  if (!response.ok) throw statusProblem(response.status, response.detail)
  const { data: body, headers, droppedKeys } = response
  const records = recordsOf(body, plan)
  const arrived = { body, headers, count: records.length }
  const next = nextPosition(plan.pagination, position, arrived, baseUrl)
  return { records, next, retrievedAt: new Date(clock.now()).toISOString(), droppedKeys }
}

/** The longest wait for the client's budget, in milliseconds, and how often one page waits. */
const MAX_WAIT_MS = 120_000
const MAX_WAITS = 10

/**
 * A read of many pages is no loop of a model: it has an end (`maxPages`), so it goes at the pace of the
 * client's budget instead of failing half-way.
 */
async function afterBudget<T>(
  clock: Clock,
  signal: AbortSignal,
  send: () => Promise<T>,
): Promise<T> {
  for (let waits = 0; ; waits++) {
    try {
      return await send()
    } catch (error) {
      const waitMs = waits < MAX_WAITS ? msUntilFree(error, clock) : undefined
      if (waitMs === undefined) throw error
      await delay(clock, waitMs, { signal })
    }
  }
}

function msUntilFree(error: unknown, clock: Clock): number | undefined {
  if (!ResourceError.isInstance(error) || error.code !== 'budget_exceeded') return undefined
  if (error.retryAt === undefined) return undefined
  const waitMs = Math.max(0, error.retryAt.getTime() - clock.now())
  return waitMs <= MAX_WAIT_MS ? waitMs : undefined
}

/** The error for an HTTP error status. Its message repeats nothing of the API's; `detail` is the API's reason, scrubbed. */
export function statusProblem(status: number, detail?: string): Error {
  return problem(
    'http_error',
    `The API answered with HTTP ${status}.`,
    status === 401 || status === 403
      ? "Ask the API's owner what permission this endpoint takes, and the AuthSec administrator to delegate it."
      : LOOK_AT_API,
    { status, retryable: status === 429 || status >= 500, detail },
  )
}
