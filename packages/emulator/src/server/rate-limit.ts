import type { MiddlewareHandler } from 'hono'
import type { Clock } from '../support/clock.ts'
import type { HonoEnv } from './hono-env.ts'

const LIMIT = 100
const WINDOW_MS = 60_000

/**
 * The server's rate limit: 100 requests per address in a sliding minute, over all `/authsec` paths
 * together. Rejected requests do not count (contract 0.1).
 */
export function rateLimit(clock: Clock): MiddlewareHandler<HonoEnv> {
  const seen = new Map<string, number[]>()
  return async (c, next) => {
    const address = c.req.header('x-forwarded-for') ?? c.env.remoteAddress ?? 'in-process'
    const recent = (seen.get(address) ?? []).filter((time) => time > clock.now() - WINDOW_MS)
    if (recent.length >= LIMIT) {
      return c.json(
        {
          error: 'Rate limit exceeded',
          message: 'Too many requests. Please try again later.',
          limit: LIMIT,
          window: '1m0s',
        },
        429,
      )
    }
    seen.set(address, [...recent, clock.now()])
    return next()
  }
}
