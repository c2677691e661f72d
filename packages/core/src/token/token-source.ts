import type { ClientConfig } from '../config/config.ts'
import { AuthSecError, DelegationError, failureFacts } from '../errors.ts'
import type { Emit, TokenRequestReason } from '../events.ts'
import { runStep, type Settled } from '../identity/run-step.ts'
import type { TokenStepEnd } from '../instrumentation.ts'
import { waitFor } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import type { DelegationAnswer, DelegationApi } from './delegation-api.ts'
import { delegationError, isFinal, withdrawn } from './delegation-errors.ts'
import type { DelegationToken } from './delegation-token.ts'
import { fetchWithRetries } from './fetch-with-retries.ts'
import {
  maxAttempts,
  pauseAfterFailedRefresh,
  pauseAfterFinalAnswer,
  pauseAfterSameToken,
  pauseAfterStoredToken,
  pauseAskedFor,
} from './refresh-pace.ts'
import { createSharedTokens } from './shared-tokens.ts'
import { createTokenLifetime, type TokenLifetime } from './token-lifetime.ts'

export interface GetTokenOptions {
  /** Ask AuthSec now, even when a valid token is cached. Default: false. */
  forceRefresh?: boolean
  /** A token that an API rejected with 401: AuthSec is asked for a newer one, at most every 30 s for one token. */
  rejected?: DelegationToken
  /** Ends this caller's wait; the shared request goes on. */
  signal?: AbortSignal | undefined
}

export interface TokenSource {
  get(options?: GetTokenOptions): Promise<DelegationToken>
  /** Ends the request in progress; later calls throw `client_closed`. */
  close(): void
}

type RefreshResult = { token: DelegationToken } | { error: unknown }

/** The longest wait for a newer token while the current one is still valid, in milliseconds. */
const EXPIRING_WAIT_MS = 1_000
const RECHECK_PAUSE_MS = 30_000
const CIRCUIT_FAILURES = 5

/**
 * Keeps one agent's token: one request at a time for all callers. A valid token is served even while
 * AuthSec is down; a token that AuthSec revoked is never served again.
 */
export function createTokenSource(
  api: DelegationApi,
  config: ClientConfig,
  emit: Emit,
): TokenSource {
  const { clock, timeoutMs } = config
  const jitter = Math.random()
  const closing = new AbortController()
  const shared = createSharedTokens(config, { emit, jitter, signal: closing.signal })

  let current: TokenLifetime | undefined
  let refreshing: Promise<RefreshResult> | undefined
  /** No refresh starts before this time, on the monotonic clock. */
  let refreshFrom = 0
  /** Thrown to every caller without a token until then. */
  let cachedError: { error: DelegationError; until: number } | undefined
  let failedRefreshes = 0
  let finalAnswers = 0
  let rechecked: { fingerprint: string; at: number } | undefined

  async function get(options: GetTokenOptions = {}): Promise<DelegationToken> {
    const { signal, rejected } = options
    signal?.throwIfAborted()
    closing.signal.throwIfAborted()
    if (options.forceRefresh) return tokenOf(await join('forced', signal))
    if (!current) return waitForToken(signal)
    const zone = current.zone()
    if (zone === 'expired') return waitForToken(signal)
    if (rejected?.fingerprint === current.token.fingerprint) return recheck(current.token, signal)
    return zone === 'fresh' ? current.token : refreshEarly(current, zone, signal)
  }

  /** Serves the current token and starts a refresh. */
  async function refreshEarly(
    serving: TokenLifetime,
    zone: 'refresh' | 'expiring',
    signal: AbortSignal | undefined,
  ): Promise<DelegationToken> {
    if (!refreshing && clock.monotonic() < refreshFrom) return serving.token
    const refresh = startRefresh('refresh')
    if (zone === 'refresh') return serving.token
    const patience = Math.min(EXPIRING_WAIT_MS, Math.max(0, serving.remainingMs()))
    await waitFor(refresh, clock, patience, { signal })
    return usable()?.token ?? waitForToken(signal)
  }

  /** No token can be served: waits for AuthSec, unless a recent failure is still cached. */
  async function waitForToken(signal: AbortSignal | undefined): Promise<DelegationToken> {
    // A refresh ends by its own deadline; the extra 250 ms keep a waiting process alive until then.
    const endsAt = clock.monotonic() + timeoutMs + 250
    throwCachedError()
    const outcome = await join(current ? 'refresh' : 'first', signal, endsAt)
    const hasTime = clock.monotonic() < endsAt - timeoutMs / 2
    if ('token' in outcome || !hasTime || !isRetryable(outcome.error)) return tokenOf(outcome)
    // Try once more: the shared refresh may have been a background one, which has fewer attempts.
    throwCachedError()
    return tokenOf(await join('first', signal, endsAt))
  }

  function throwCachedError(): void {
    if (!refreshing && cachedError && clock.monotonic() < cachedError.until) throw cachedError.error
  }

  function usable(): TokenLifetime | undefined {
    return current?.zone() === 'expired' ? undefined : current
  }

  async function recheck(
    token: DelegationToken,
    signal: AbortSignal | undefined,
  ): Promise<DelegationToken> {
    const now = clock.monotonic()
    const isRecent =
      rechecked?.fingerprint === token.fingerprint && now - rechecked.at < RECHECK_PAUSE_MS
    // While AuthSec is failing, a rejected token is rechecked no more often than a refresh would ask.
    const isPaused = failedRefreshes > 0 && now < refreshFrom
    if ((isRecent || isPaused) && !refreshing) return token
    rechecked = { fingerprint: token.fingerprint, at: now }
    const outcome = await join('rejected', signal)
    // When AuthSec is unreachable, the caller gets the same token back and can tell by its fingerprint.
    const still = usable()
    return still && 'error' in outcome ? still.token : tokenOf(outcome)
  }

  async function join(
    reason: TokenRequestReason,
    signal: AbortSignal | undefined,
    endsAt = clock.monotonic() + timeoutMs + 250,
  ): Promise<RefreshResult> {
    const ms = endsAt - clock.monotonic()
    const outcome = ms > 0 ? await waitFor(startRefresh(reason), clock, ms, { signal }) : undefined
    return outcome ?? { error: delegationError('timeout') }
  }

  function startRefresh(reason: TokenRequestReason): Promise<RefreshResult> {
    refreshing ??= runStep(config.instrumentation?.token, {
      step: { client: fingerprint('cid', config.clientId), reason },
      work: () => refresh(reason),
      endOf: tokenStepEnd,
    }).finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  /** Never rejects, so nothing is ever unhandled. */
  async function refresh(reason: TokenRequestReason): Promise<RefreshResult> {
    const startedAt = clock.monotonic()
    const callersWait = reason !== 'refresh' || !usable()
    const attempts = maxAttempts(callersWait, failedRefreshes)
    const { signal } = closing
    const ask = (ms: number): Promise<DelegationAnswer> => {
      emit({ type: 'token.requested', reason })
      return fetchWithRetries(api, { clock, maxAttempts: attempts, timeoutMs: ms, signal })
    }
    try {
      const answer = await (shared ? shared({ reason, current, ask }) : ask(timeoutMs))
      return accept(answer, startedAt)
    } catch (error) {
      return fail(error, startedAt)
    }
  }

  function accept(answer: DelegationAnswer, startedAt: number): RefreshResult {
    const { token, serverTime, ageMs } = answer
    const unchanged = current?.token.fingerprint === token.fingerprint
    const { refreshMarginSeconds } = config
    const next = createTokenLifetime(token, { clock, serverTime, refreshMarginSeconds, jitter })
    const zone = next.zone()
    if (zone === 'expired')
      return fail(delegationError('delegation_expired', { status: 410 }), startedAt)
    current = next
    cachedError = undefined
    failedRefreshes = 0
    finalAnswers = 0
    const isOld = unchanged || zone !== 'fresh'
    const left = [next.remainingMs(), next.expiringMs] as const
    const pause =
      ageMs === undefined
        ? pauseAfterSameToken(...left)
        : pauseAfterStoredToken(...left, { ageMs, jitter })
    refreshFrom = isOld ? clock.monotonic() + pause : 0
    reportToken(next, unchanged, startedAt)
    return { token }
  }

  function fail(cause: unknown, startedAt: number): RefreshResult {
    const now = clock.monotonic()
    const error = current && DelegationError.isInstance(cause) ? withdrawn(cause) : cause
    if (DelegationError.isInstance(error)) {
      if (isFinal(error)) {
        if (current) {
          emit({ type: 'token.dropped', fingerprint: current.token.fingerprint, code: error.code })
        }
        current = undefined
        failedRefreshes = 0
        finalAnswers += 1
        cachedError = { error, until: now + pauseAfterFinalAnswer(error, finalAnswers) }
      } else {
        failedRefreshes += 1
        const askedFor = pauseAskedFor(error, clock.now(), Math.random())
        // Only a token that is still served makes a refresh urgent: an expired one has no lifetime left
        // to take a third of, and every pause would be the shortest.
        const remainingMs = usable()?.remainingMs()
        const pause = pauseAfterFailedRefresh(failedRefreshes, Math.random(), remainingMs)
        refreshFrom = now + Math.max(askedFor, pause)
        const isOpen = failedRefreshes >= CIRCUIT_FAILURES || askedFor > 0
        cachedError = isOpen ? { error, until: refreshFrom } : undefined
      }
    }
    if (AuthSecError.isInstance(error)) reportFailure(error, startedAt)
    return { error }
  }

  function reportToken(lifetime: TokenLifetime, unchanged: boolean, startedAt: number): void {
    const { fingerprint, redactedSubject: subject, permissions, expiresAt } = lifetime.token
    const durationMs = clock.monotonic() - startedAt
    emit({
      type: 'token.acquired',
      ...{ fingerprint, subject, permissions, expiresAt, unchanged, durationMs },
    })
    if (lifetime.clockOffsetMs === 0) return
    const seconds = Math.round(Math.abs(lifetime.clockOffsetMs) / 1000)
    const direction = lifetime.clockOffsetMs > 0 ? 'behind' : 'ahead of'
    emit({
      type: 'warning',
      code: 'clock_skew',
      message: `The local clock is ${seconds} s ${direction} the AuthSec server's; expiry follows the server.`,
    })
  }

  function reportFailure(error: AuthSecError, startedAt: number): void {
    const { message, status } = error
    const stillServing = usable() !== undefined
    const durationMs = clock.monotonic() - startedAt
    const facts = { ...failureFacts(error), status }
    emit({ type: 'token.failed', ...facts, message, stillServing, durationMs })
  }

  return {
    get,
    close() {
      current = undefined
      closing.abort(delegationError('client_closed'))
    },
  }
}

function tokenStepEnd(settled: Settled<RefreshResult>): TokenStepEnd {
  const outcome = 'result' in settled ? settled.result : settled
  if ('error' in outcome) return failureFacts(outcome.error)
  const { fingerprint: token, permissions, expiresAt } = outcome.token
  return { token, permissions, expiresAt }
}

function isRetryable(error: unknown): boolean {
  return DelegationError.isInstance(error) && error.retryable
}

function tokenOf(outcome: RefreshResult): DelegationToken {
  if ('token' in outcome) return outcome.token
  throw outcome.error
}
