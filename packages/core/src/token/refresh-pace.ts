import type { DelegationError } from '../errors.ts'
import { MAX_RETRY_AFTER_MS } from '../support/header-times.ts'

/** Every pause of the token engine, as pure arithmetic in milliseconds. */

/**
 * After a refresh that returned the same token. The server keeps one token until an administrator
 * delegates again (contract 1.4), so the pause shrinks with the remaining lifetime: nine twentieths of it,
 * at least 15 s, and no later than the moment when the token starts expiring. So a new delegation is found
 * within 45 % of what the old token had left, and each request leaves 0.55 of that: from half of 12 hours to
 * the last minute that takes ln(21 600 / 109) / ln(1 / 0.55) = 9 requests, where 0.7 of it would take 15.
 */
export function pauseAfterSameToken(remainingMs: number, expiringMs: number): number {
  const pause = Math.max(15_000, remainingMs * 0.45)
  const untilExpiring = remainingMs - expiringMs
  return Math.min(pause, untilExpiring > 0 ? untilExpiring : (remainingMs * 2) / 3)
}

/**
 * The same after an answer that another process got `ageMs` ago; zero or less when it is too old to be one. Up to
 * a tenth shorter, by the process's own `jitter` from 0 to 1, so that one of them asks before the others.
 */
export function pauseAfterStoredToken(
  remainingMs: number,
  expiringMs: number,
  { ageMs, jitter }: Readonly<Record<'ageMs' | 'jitter', number>>,
): number {
  return pauseAfterSameToken(remainingMs + ageMs, expiringMs) * (1 - 0.1 * jitter) - ageMs
}

/**
 * After a failed refresh: 1 s, doubling to 60 s, reduced by up to a fifth at random, and at most a
 * third of the remaining lifetime of the current token (but at least 250 ms).
 */
export function pauseAfterFailedRefresh(
  failedRefreshes: number,
  random: number,
  remainingMs = Number.POSITIVE_INFINITY,
): number {
  const pause = Math.min(60_000, 1_000 * 2 ** (failedRefreshes - 1)) * (1 - 0.2 * random)
  return Math.min(pause, Math.max(250, remainingMs / 3))
}

/**
 * What the server asked for with Retry-After, at most five minutes, and up to a tenth more at random, so that
 * the clients of one outage do not come back together. 0 when it asked for nothing.
 */
export function pauseAskedFor(
  { retryAt }: Pick<DelegationError, 'retryAt'>,
  now: number,
  random: number,
): number {
  const askedMs = retryAt ? Math.max(0, retryAt.getTime() - now) : 0
  return Math.min(MAX_RETRY_AFTER_MS, askedMs) * (1 + 0.1 * random)
}

/** How long a final answer is cached: 30 s, doubling to 5 min for 404 and 410, which a new delegation can change. */
export function pauseAfterFinalAnswer(error: DelegationError, inARow: number): number {
  const mayChange = error.status === 404 || error.status === 410
  return mayChange ? Math.min(300_000, 30_000 * 2 ** (inARow - 1)) : 30_000
}

/** Attempts of one refresh: three in the background, five while callers wait, one after a failed refresh. */
export function maxAttempts(callersWait: boolean, failedRefreshes: number): number {
  if (failedRefreshes > 0) return 1
  return callersWait ? 5 : 3
}

/**
 * Before the next attempt of the same refresh; `undefined` when the error is not retryable. Full jitter
 * on 100 ms (500 ms when throttled) doubling to 5 s, and the server's Retry-After before it.
 */
export function pauseBeforeRetry(
  error: DelegationError,
  attempt: number,
  now: number,
  random: number,
): number | undefined {
  if (!error.retryable) return undefined
  const base = error.code === 'rate_limited' ? 500 : 100
  const jitter = Math.min(5_000, base * 2 ** (attempt - 1)) * random
  return pauseAskedFor(error, now, 0) + jitter
}

/** The golden ratio's fraction: its multiples fill the range from 0 to 1 evenly, however many there are. */
const STEP = (Math.sqrt(5) - 1) / 2

let last: number | undefined

/**
 * Where in its range a token is refreshed, from 0 to 1. The agents of a process come one after another at even
 * distances; by chance several would come at once. Where the first one is, is random: processes differ.
 */
export function nextJitter(): number {
  last = last === undefined ? Math.random() : (last + STEP) % 1
  return last
}

/** The next agent is the first one again: for simulations, in which a run is to be the same whatever ran before it. */
export function restartJitter(): void {
  last = undefined
}
