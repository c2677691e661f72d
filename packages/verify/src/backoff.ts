import type { Clock } from './clock.ts'

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000

/** When to retry a failing server: 1 s after the first failure, doubling to 60 s. */
export interface Backoff {
  isDue(): boolean
  /** Milliseconds until the next attempt; 0 when it is due. */
  remainingMs(): number
  /** Records a failed attempt. The pause is at least `minPauseMs`, for a server that sent Retry-After. */
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
      const pauseMs = Math.max(minPauseMs, Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures))
      retryAt = clock.monotonic() + pauseMs
      failures += 1
    },
    succeeded() {
      retryAt = Number.NEGATIVE_INFINITY
      failures = 0
    },
  }
}
