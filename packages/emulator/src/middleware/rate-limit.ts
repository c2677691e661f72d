import type { MiddlewareHandler } from 'hono'
import type { HonoEnv } from '../server/hono-env.ts'
import type { Clock } from '../support/clock.ts'
import { clientAddress } from './client-address.ts'

const LIMIT = 100
const WINDOW_MS = 60_000

/**
 * The server's rate limit: 100 requests per address in a sliding minute, over all paths together, unknown
 * ones included. Rejected requests do not count (contract 0.1).
 */
export function rateLimit(clock: Clock): MiddlewareHandler<HonoEnv> {
  const seen = new Map<string, number[]>()
  return async (c, next) => {
    const address = clientAddress(c)
    const recent = (seen.get(address) ?? []).filter((time) => time > clock.now() - WINDOW_MS)
    if (recent.length >= LIMIT) {
      return c.json(
        {
          error: 'Rate limit exceeded',
          message: `Too many requests. Maximum ${LIMIT} requests per 1m0s allowed. Please try again later.`,
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

interface Bucket {
  tokens: number
  /** When `tokens` was right, in milliseconds since 1970. */
  at: number
}

/**
 * The limit of the paths under `/authsec/spiresvc`: a token bucket for each caller. Its key is the raw
 * `X-Forwarded-For`, so a proxy that adds to the header gives each caller a bucket (contract 0.1).
 */
export function burstLimit(
  clock: Clock,
  { perMinute, burst }: { readonly perMinute: number; readonly burst: number },
): MiddlewareHandler<HonoEnv> {
  const buckets = new Map<string, Bucket>()
  return async (c, next) => {
    const key = c.req.header('x-forwarded-for') || clientAddress(c)
    const now = clock.now()
    const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now }
    const refilled = Math.min(burst, tokens + ((now - at) * perMinute) / WINDOW_MS)
    if (refilled < 1) {
      c.header('retry-after', '60')
      const message = 'Too many requests. Please try again later.'
      return c.json({ error: { code: 'RATE_LIMITED', message } }, 429)
    }
    buckets.set(key, { tokens: refilled - 1, at: now })
    return next()
  }
}
