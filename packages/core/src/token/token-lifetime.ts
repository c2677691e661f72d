import type { Clock } from '../support/clock.ts'
import type { DelegationToken } from './delegation-token.ts'

/**
 * fresh: serve. refresh: serve, and refresh in the background. expiring: wait up to a second for a
 * newer token, then serve. expired: never serve.
 */
type Zone = 'fresh' | 'refresh' | 'expiring' | 'expired'

export interface TokenLifetime {
  readonly token: DelegationToken
  zone(): Zone
  remainingMs(): number
  /** The token is expiring when its remaining lifetime is at most this, in milliseconds. */
  readonly expiringMs: number
  /** How far the server's clock is ahead of the local one, in milliseconds; 0 when within tolerance. */
  readonly clockOffsetMs: number
}

export interface LifetimeOptions {
  clock: Clock
  /** The server's clock when it sent the token. */
  serverTime: number | undefined
  refreshMarginSeconds: number | undefined
  /** 0 to 1, fixed per client: spreads the refreshes of many clients. */
  jitter: number
}

const CLOCK_TOLERANCE_MS = 5_000

/**
 * The lifetime of one token. The remaining time is the smaller of the wall clock's (corrected by the
 * server's) and the monotonic clock's, because the first may jump and the second may stand still.
 */
export function createTokenLifetime(
  token: DelegationToken,
  options: LifetimeOptions,
): TokenLifetime {
  const { clock, serverTime, refreshMarginSeconds, jitter } = options
  const offset = (serverTime ?? clock.now()) - clock.now()
  const clockOffsetMs = Math.abs(offset) > CLOCK_TOLERANCE_MS ? offset : 0
  const wallEnd = token.expiresAt.getTime() - clockOffsetMs
  const monotonicEnd = clock.monotonic() + (wallEnd - clock.now())

  const lifeMs = token.issuedAt
    ? token.expiresAt.getTime() - token.issuedAt.getTime()
    : Math.max(0, wallEnd - clock.now())
  const refreshMs = lifeMs * (0.45 + 0.1 * jitter)
  const marginMs = (refreshMarginSeconds ?? 60) * 1000
  const expiringMs = Math.min(marginMs, lifeMs * (refreshMarginSeconds === undefined ? 0.1 : 0.5))
  const expiredMs = Math.min(5_000, lifeMs * 0.02)

  const remainingMs = (): number =>
    Math.min(wallEnd - clock.now(), monotonicEnd - clock.monotonic())
  return {
    token,
    clockOffsetMs,
    expiringMs,
    remainingMs,
    zone() {
      const remaining = remainingMs()
      if (remaining <= expiredMs) return 'expired'
      if (remaining <= expiringMs) return 'expiring'
      return remaining <= Math.max(refreshMs, expiringMs) ? 'refresh' : 'fresh'
    },
  }
}
