import type { Clock } from '../support/clock.ts'
import type { DelegationToken } from './delegation-token.ts'

/**
 * fresh: serve. ahead: serve, and refresh in the background. due: wait a moment for a newer token,
 * then serve. dead: never serve.
 */
type Zone = 'fresh' | 'ahead' | 'due' | 'dead'

export interface TokenLifetime {
  readonly token: DelegationToken
  zone(): Zone
  remainingMs(): number
  /** The token is due when no more than this is left, in milliseconds. */
  readonly dueMs: number
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
 * Follows one token to its end. The remaining time is the smaller of what the wall clock (corrected
 * by the server's) and the monotonic clock say: the one may jump, the other may stand still.
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
    : wallEnd - clock.now()
  const aheadMs = lifeMs * (0.45 + 0.1 * jitter)
  const marginMs = (refreshMarginSeconds ?? 60) * 1000
  const dueMs = Math.min(marginMs, lifeMs * (refreshMarginSeconds === undefined ? 0.1 : 0.5))
  const deadMs = Math.min(5_000, lifeMs * 0.02)

  const remainingMs = (): number =>
    Math.min(wallEnd - clock.now(), monotonicEnd - clock.monotonic())
  return {
    token,
    clockOffsetMs,
    dueMs,
    remainingMs,
    zone() {
      const remaining = remainingMs()
      if (remaining <= deadMs) return 'dead'
      if (remaining <= dueMs) return 'due'
      return remaining <= Math.max(aheadMs, dueMs) ? 'ahead' : 'fresh'
    },
  }
}
