import type { Clock } from '../support/clock.ts'
import type { DelegationToken } from './delegation-token.ts'

/**
 * fresh: serve. refresh: serve, and refresh in the background. expiring: wait up to a second for a
 * newer token, then serve. expired: never serve.
 */
type Zone = 'fresh' | 'refresh' | 'expiring' | 'expired'

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
export class TokenLifetime {
  readonly token: DelegationToken
  /** The token is expiring when its remaining lifetime is at most this, in milliseconds. */
  readonly expiringMs: number
  /** How far the server's clock is ahead of the local one, in milliseconds; 0 when within tolerance. */
  readonly clockOffsetMs: number
  readonly #clock: Clock
  readonly #refreshMs: number
  readonly #expiredMs: number
  readonly #wallEnd: number
  readonly #monotonicEnd: number

  constructor(token: DelegationToken, options: LifetimeOptions) {
    const { clock, serverTime, refreshMarginSeconds, jitter } = options
    const offset = (serverTime ?? clock.now()) - clock.now()
    this.token = token
    this.#clock = clock
    this.clockOffsetMs = Math.abs(offset) > CLOCK_TOLERANCE_MS ? offset : 0
    const expiresAt = token.expiresAt.getTime()
    this.#wallEnd = expiresAt - this.clockOffsetMs
    const leftMs = this.#wallEnd - clock.now()
    this.#monotonicEnd = clock.monotonic() + leftMs

    const lifeMs = token.issuedAt ? expiresAt - token.issuedAt.getTime() : Math.max(0, leftMs)
    const marginMs = (refreshMarginSeconds ?? 60) * 1000
    const share = refreshMarginSeconds === undefined ? 0.1 : 0.5
    this.expiringMs = Math.min(marginMs, lifeMs * share)
    this.#expiredMs = Math.min(5_000, lifeMs * 0.02)
    this.#refreshMs = Math.max(lifeMs * (0.45 + 0.1 * jitter), this.expiringMs)
  }

  remainingMs(): number {
    const monotonic = this.#monotonicEnd - this.#clock.monotonic()
    return Math.min(this.#wallEnd - this.#clock.now(), monotonic)
  }

  zone(): Zone {
    const remaining = this.remainingMs()
    if (remaining <= this.#expiredMs) return 'expired'
    if (remaining <= this.expiringMs) return 'expiring'
    return remaining <= this.#refreshMs ? 'refresh' : 'fresh'
  }
}
