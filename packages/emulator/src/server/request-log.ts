import { createHash, randomUUID } from 'node:crypto'
import type { Fault } from '../faults/fault.ts'
import type { Clock } from '../support/clock.ts'
import { faultOf } from './connection-fault.ts'

/** A request that the emulator received. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** 0 when no status was sent: the connection was reset or hangs, or the caller closed it first. */
  readonly status: number
  /** `tok_` and 8 hexadecimal digits of the SHA-256 of the bearer token, if the request had one. */
  readonly bearer: string | undefined
  /** The kind of the injected fault, if there was one. */
  readonly fault: Fault['kind'] | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

const MAX_REQUESTS = 10_000

/** Records a request. Adds the date and the request ID that every response of the server has (contract 0.1). */
export async function recordRequest(
  request: Request,
  fault: Fault['kind'] | undefined,
  answer: () => Promise<Response>,
  log: { readonly requests: RecordedRequest[]; readonly clock: Clock },
): Promise<Response> {
  const at = log.clock.now()
  let status = 0
  try {
    const response = await answer()
    addStandardHeaders(response, request, log.clock.now())
    status = isStatusSent(response) ? response.status : 0
    return response
  } finally {
    log.requests.push({ ...describeRequest(request), status, fault, at })
    if (log.requests.length > MAX_REQUESTS) log.requests.shift()
  }
}

function addStandardHeaders(response: Response, request: Request, now: number): void {
  const { headers } = response
  if (!headers.has('date')) headers.set('date', new Date(now).toUTCString())
  headers.set('x-request-id', request.headers.get('x-request-id') ?? randomUUID())
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
    bearer: token && `tok_${createHash('sha256').update(token).digest('hex').slice(0, 8)}`,
  }
}
