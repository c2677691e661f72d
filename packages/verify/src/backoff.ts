const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

/** When to ask a failing server again: 1 s after the first failure, doubling to 60 s. */
export interface Backoff {
  isDue(now: number): boolean
  /** Milliseconds until the next attempt; 0 when it is due. */
  remainingMs(now: number): number
  /** Notes a failed attempt; the pause is at least `leastMs`, when the server asked for one. */
  failed(now: number, leastMs?: number): void
  succeeded(): void
}

export function createBackoff(): Backoff {
  let failedAt = 0
  let pauseMs = 0
  let failures = 0
  const remainingMs = (now: number): number =>
    // A clock that was set back must not stretch the pause.
    now < failedAt ? 0 : Math.max(0, failedAt + pauseMs - now)
  return {
    remainingMs,
    isDue: (now) => remainingMs(now) === 0,
    failed(now, leastMs = 0) {
      failedAt = now
      pauseMs = Math.max(leastMs, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures))
      failures += 1
    },
    succeeded() {
      pauseMs = 0
      failures = 0
    },
  }
}
