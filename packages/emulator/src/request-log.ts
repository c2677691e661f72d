import { createHash, randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { HonoEnv } from './hono-env.ts'

export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly status: number
  /** `tok_` and 8 hex digits of the SHA-256 of the bearer, if one was sent. */
  readonly bearer: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

const MOST_REQUESTS = 10_000

/** Keeps what was asked, and adds what every answer of the server has: a date and a request ID (contract 0.1). */
export function recordRequests(
  requests: RecordedRequest[],
  now: () => number,
): MiddlewareHandler<HonoEnv> {
  return async (c, next) => {
    const at = now()
    await next()
    c.header('date', new Date(now()).toUTCString())
    c.header('x-request-id', c.req.header('x-request-id') ?? randomUUID())
    const token = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1]
    requests.push({
      method: c.req.method,
      path: c.req.path,
      query: c.req.query(),
      status: c.res.status,
      bearer: token && `tok_${createHash('sha256').update(token).digest('hex').slice(0, 8)}`,
      at,
    })
    if (requests.length > MOST_REQUESTS) requests.shift()
  }
}
