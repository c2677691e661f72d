import type { Fault } from '../faults/fault.ts'
import type { Clock } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { faultOf } from './connection-fault.ts'
import { approvalCodeOf, type RequestFacts } from './request-facts.ts'

/** A request that the emulator received. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** 0 when no status was sent: the connection was reset or hangs, or the caller closed it first. */
  readonly status: number
  /** `tok_` and 8 hexadecimal digits of the SHA-256 of the bearer token, if the request had one. */
  readonly bearer: string | undefined
  /** `cid_` and 8 hexadecimal digits of the SHA-256 of the client ID that the request named or proved. */
  readonly client: string | undefined
  /** The permission that the operation of the vault needs, if the request reached one. */
  readonly permission: string | undefined
  /** The code at the end of the approver's message, if the request was about an approval whose message has one. */
  readonly approvalCode: string | undefined
  /** The kind of the injected fault, if there was one. */
  readonly fault: Fault['kind'] | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  /** Until the response was ready to send, in milliseconds. */
  readonly durationMs: number
}

const MAX_REQUESTS = 10_000

/** Records a request. Adds the date and the request ID that every response of the server has (contract 0.1). */
export async function recordRequest(
  request: Request,
  fault: Fault['kind'] | undefined,
  answer: () => Promise<Response>,
  log: {
    readonly requests: RecordedRequest[]
    readonly clock: Clock
    /** Complete once `answer` has returned. */
    readonly facts: RequestFacts
  },
): Promise<Response> {
  const at = log.clock.now()
  const startedAt = log.clock.monotonic()
  let status = 0
  try {
    const response = await answer()
    addStandardHeaders(response, request, log.clock.now())
    status = isStatusSent(response) ? response.status : 0
    return response
  } finally {
    const durationMs = log.clock.monotonic() - startedAt
    log.requests.push({
      ...describeRequest(request),
      ...describeFacts(log.facts),
      ...{ status, fault, at, durationMs },
    })
    if (log.requests.length > MAX_REQUESTS) log.requests.shift()
  }
}

function addStandardHeaders(response: Response, request: Request, now: number): void {
  const { headers } = response
  if (!headers.has('date')) headers.set('date', new Date(now).toUTCString())
  headers.set('x-request-id', request.headers.get('x-request-id') ?? crypto.randomUUID())
}

function isStatusSent(response: Response): boolean {
  const fault = faultOf(response)
  return fault !== 'hang' && fault !== 'reset'
}

function describeRequest(
  request: Request,
): Pick<RecordedRequest, 'method' | 'path' | 'query' | 'bearer'> {
  const { pathname, searchParams } = new URL(request.url)
  const token = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  return {
    method: request.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    bearer: token && fingerprint('tok', token),
  }
}

function describeFacts({
  clientId,
  permission,
  bindingMessage,
}: RequestFacts): Pick<RecordedRequest, 'client' | 'permission' | 'approvalCode'> {
  return {
    client: clientId && fingerprint('cid', clientId),
    permission,
    approvalCode: bindingMessage === undefined ? undefined : approvalCodeOf(bindingMessage),
  }
}
