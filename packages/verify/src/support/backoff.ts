import type { Clock } from './clock.ts'
import { MAX_RETRY_AFTER_MS } from './header-times.ts'

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000

/**
 * When to retry a failing server: 1 s after the first failure, doubling to 60 s, reduced by up to a fifth at
 * random, so that the verifiers of one outage do not come back together.
 */
export interface Backoff {
  isDue(): boolean
  /** Milliseconds until the next attempt; 0 when it is due. */
  remainingMs(): number
  /**
   * Records a failed attempt. The pause is at least `minPauseMs`, for a server that sent Retry-After: at most
   * five minutes, and up to a tenth more at random.
   */
  failed(minPauseMs?: number): void
  succeeded(): void
}

/** The pauses are measured by the monotonic clock: setting the wall clock changes none of them. */
export function createBackoff(clock: Clock): Backoff {
  let retryAt = Number.NEGATIVE_INFINITY
  let failures = 0
  const remainingMs = (): number => Math.max(0, retryAt - clock.monotonic())
  return {
    remainingMs,
    isDue: () => remainingMs() === 0,
    failed(minPauseMs = 0) {
      const random = Math.random()
      const ownMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (1 - 0.2 * random)
      const askedMs = Math.min(MAX_RETRY_AFTER_MS, minPauseMs) * (1 + 0.1 * random)
      retryAt = clock.monotonic() + Math.max(ownMs, askedMs)
      failures += 1
    },
    succeeded() {
      retryAt = Number.NEGATIVE_INFINITY
      failures = 0
    },
  }
}
