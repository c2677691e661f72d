import type { DelegationError } from '../errors.ts'

/** How long to wait before what: every pause of the token engine, as arithmetic. Milliseconds. */

/**
 * The server keeps one token until an administrator delegates again (contract 1.4), so a refresh
 * that brought the same one back is repeated ever more often towards its end, and never in a storm:
 * at the latest when it becomes due, and once or twice after that.
 */
export function pauseAfterSameToken(remainingMs: number, dueMs: number): number {
  const pause = Math.max(15_000, remainingMs * 0.3)
  const untilDue = remainingMs - dueMs
  return Math.min(pause, untilDue > 0 ? untilDue : (remainingMs * 2) / 3)
}

/**
 * After a round of attempts that failed: 1 s doubling to 60 s, shortened by up to a fifth at random,
 * and to a third of what is left of a token in hand, which for a short one is less than a second.
 */
export function pauseAfterFailedRound(
  failedRounds: number,
  random: number,
  remainingMs = Number.POSITIVE_INFINITY,
): number {
  const pause = Math.min(60_000, 1_000 * 2 ** (failedRounds - 1)) * (1 - 0.2 * random)
  return Math.min(pause, Math.max(250, remainingMs / 3))
}

/** How long a final answer is believed: what may be mended by delegating again is asked again ever less often. */
export function pauseAfterFinalAnswer(error: DelegationError, inARow: number): number {
  const mayChange = error.status === 404 || error.status === 410
  return mayChange ? Math.min(300_000, 30_000 * 2 ** (inARow - 1)) : 30_000
}

/** Three attempts in the background, five while callers wait; one when the round before has failed. */
export function attemptsOfRound(callersWait: boolean, failedRounds: number): number {
  if (failedRounds > 0) return 1
  return callersWait ? 5 : 3
}

/**
 * Before the next attempt of the same round; `undefined` when there should be none. Full jitter on
 * 100 ms (500 ms when throttled) doubling to 5 s, or what the server asked for.
 */
export function pauseBeforeRetry(
  error: DelegationError,
  attempt: number,
  now: number,
  random: number,
): number | undefined {
  if (!error.retryable) return undefined
  if (error.retryAt) return Math.max(0, error.retryAt.getTime() - now)
  const base = error.code === 'rate_limited' ? 500 : 100
  return Math.min(5_000, base * 2 ** (attempt - 1)) * random
}
