import type { ClientConfig } from '../config/config.ts'
import { DelegationError } from '../errors.ts'
import type { OnEvent, TokenRequestReason } from '../events.ts'
import { waitFor } from '../support/clock.ts'
import type { DelegationAnswer, DelegationApi } from './delegation-api.ts'
import { isFinal, make } from './delegation-errors.ts'
import type { DelegationToken } from './delegation-token.ts'
import { pullToken } from './fetch-with-retries.ts'
import {
  attemptsOfRound,
  pauseAfterFailedRound,
  pauseAfterFinalAnswer,
  pauseAfterSameToken,
} from './refresh-pace.ts'
import { createTokenLifetime, type TokenLifetime } from './token-lifetime.ts'

export interface GetTokenOptions {
  /** Ask AuthSec now, whatever is cached. Default: false. */
  forceRefresh?: boolean
  /** A token that an API answered with 401: AuthSec is asked whether there is another, at most every 30 s for one token. */
  rejected?: DelegationToken
  /** Ends this caller's wait, and nobody else's. */
  signal?: AbortSignal | undefined
}

export interface TokenSource {
  get(options?: GetTokenOptions): Promise<DelegationToken>
  /** Ends what is under way; later calls throw `client_closed`. */
  close(): void
}

type Round = { token: DelegationToken } | { error: unknown }

/** The longest a caller waits for a newer token while the old one is still good. */
const DUE_WAIT_MS = 1_000
const RECHECK_PAUSE_MS = 30_000
const CIRCUIT_ROUNDS = 5

/**
 * Keeps one agent's token: one request at a time for all callers, a good token served whatever
 * happens to AuthSec, a token that AuthSec has taken back never served again.
 */
export function createTokenSource(
  api: DelegationApi,
  config: ClientConfig,
  emit: OnEvent,
): TokenSource {
  const { clock, timeoutMs } = config
  const jitter = Math.random()
  const closing = new AbortController()

  let held: TokenLifetime | undefined
  let round: Promise<Round> | undefined
  /** No refresh is worth starting before this, monotonic. */
  let refreshFrom = 0
  /** Until then the answer to everyone without a token is this error. */
  let refusal: { error: DelegationError; until: number } | undefined
  let failedRounds = 0
  let finalAnswers = 0
  let rechecked: { fingerprint: string; at: number } | undefined

  async function get(options: GetTokenOptions = {}): Promise<DelegationToken> {
    const { signal, rejected } = options
    signal?.throwIfAborted()
    closing.signal.throwIfAborted()
    if (options.forceRefresh) return tokenOf(await join('forced', signal))
    if (!held) return cold(signal)
    const zone = held.zone()
    if (zone === 'dead') return cold(signal)
    if (rejected?.fingerprint === held.token.fingerprint) return recheck(held.token, signal)
    return zone === 'fresh' ? held.token : ahead(held, zone, signal)
  }

  /** Serves the held token and sees to a newer one. */
  async function ahead(
    current: TokenLifetime,
    zone: 'ahead' | 'due',
    signal: AbortSignal | undefined,
  ): Promise<DelegationToken> {
    if (!round && clock.monotonic() < refreshFrom) return current.token
    const refresh = startRound('refresh')
    if (zone === 'ahead') return current.token
    const patience = Math.min(DUE_WAIT_MS, Math.max(0, current.remainingMs()))
    await waitFor(refresh, clock, patience, { signal })
    return usable()?.token ?? cold(signal)
  }

  /** There is nothing to serve: wait for AuthSec, unless it was asked a moment ago. */
  async function cold(signal: AbortSignal | undefined): Promise<DelegationToken> {
    // A round ends by its own deadline; the little more keeps a waiting process alive until it has.
    const endsAt = clock.monotonic() + timeoutMs + 250
    assertNotRefused()
    const outcome = await join(held ? 'refresh' : 'first', signal, endsAt)
    const hasTime = clock.monotonic() < endsAt - timeoutMs / 2
    if ('token' in outcome || !hasTime || !isRetryable(outcome.error)) return tokenOf(outcome)
    // Once more: the round may have been one in the background, which gives up sooner.
    assertNotRefused()
    return tokenOf(await join('first', signal, endsAt))
  }

  function assertNotRefused(): void {
    if (!round && refusal && clock.monotonic() < refusal.until) throw refusal.error
  }

  function usable(): TokenLifetime | undefined {
    return held?.zone() === 'dead' ? undefined : held
  }

  async function recheck(
    token: DelegationToken,
    signal: AbortSignal | undefined,
  ): Promise<DelegationToken> {
    const now = clock.monotonic()
    const isRecent =
      rechecked?.fingerprint === token.fingerprint && now - rechecked.at < RECHECK_PAUSE_MS
    if (isRecent && !round) return token
    rechecked = { fingerprint: token.fingerprint, at: now }
    const outcome = await join('rejected', signal)
    // When AuthSec cannot be asked, the caller keeps what it has and sees that it is the same.
    const still = usable()
    return still && 'error' in outcome ? still.token : tokenOf(outcome)
  }

  async function join(
    reason: TokenRequestReason,
    signal: AbortSignal | undefined,
    endsAt = clock.monotonic() + timeoutMs + 250,
  ): Promise<Round> {
    const ms = endsAt - clock.monotonic()
    const outcome = ms > 0 ? await waitFor(startRound(reason), clock, ms, { signal }) : undefined
    return outcome ?? { error: make('timeout') }
  }

  function startRound(reason: TokenRequestReason): Promise<Round> {
    round ??= runRound(reason).finally(() => {
      round = undefined
    })
    return round
  }

  /** Never rejects, so nothing is ever unhandled. */
  async function runRound(reason: TokenRequestReason): Promise<Round> {
    emit({ type: 'token.requested', reason })
    const startedAt = clock.monotonic()
    const callersWait = reason !== 'refresh' || !usable()
    const attempts = attemptsOfRound(callersWait, failedRounds)
    try {
      const answer = await pullToken(api, { clock, attempts, timeoutMs, signal: closing.signal })
      return accept(answer, startedAt)
    } catch (error) {
      return fail(error, startedAt)
    }
  }

  function accept({ token, serverTime }: DelegationAnswer, startedAt: number): Round {
    const unchanged = held?.token.fingerprint === token.fingerprint
    const { refreshMarginSeconds } = config
    const next = createTokenLifetime(token, { clock, serverTime, refreshMarginSeconds, jitter })
    const zone = next.zone()
    if (zone === 'dead') return fail(make('delegation_expired', { status: 410 }), startedAt)
    held = next
    refusal = undefined
    failedRounds = 0
    finalAnswers = 0
    const isOld = unchanged || zone !== 'fresh'
    refreshFrom = isOld
      ? clock.monotonic() + pauseAfterSameToken(next.remainingMs(), next.dueMs)
      : 0
    reportToken(next, unchanged, startedAt)
    return { token }
  }

  function fail(error: unknown, startedAt: number): Round {
    const now = clock.monotonic()
    if (DelegationError.isInstance(error)) {
      if (isFinal(error)) {
        if (held) {
          emit({ type: 'token.dropped', fingerprint: held.token.fingerprint, code: error.code })
        }
        held = undefined
        failedRounds = 0
        finalAnswers += 1
        refusal = { error, until: now + pauseAfterFinalAnswer(error, finalAnswers) }
      } else {
        failedRounds += 1
        const askedFor = error.retryAt ? error.retryAt.getTime() - clock.now() : 0
        const pause = pauseAfterFailedRound(failedRounds, Math.random(), held?.remainingMs())
        refreshFrom = now + Math.max(askedFor, pause)
        const isOpen = failedRounds >= CIRCUIT_ROUNDS || askedFor > 0
        refusal = isOpen ? { error, until: refreshFrom } : undefined
      }
      reportFailure(error, startedAt)
    }
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

  function reportFailure({ code, status, message }: DelegationError, startedAt: number): void {
    const stillServing = usable() !== undefined
    const durationMs = clock.monotonic() - startedAt
    emit({ type: 'token.failed', code, status, message, stillServing, durationMs })
  }

  return {
    get,
    close() {
      held = undefined
      closing.abort(make('client_closed'))
    },
  }
}

function isRetryable(error: unknown): boolean {
  return DelegationError.isInstance(error) && error.retryable
}

function tokenOf(outcome: Round): DelegationToken {
  if ('token' in outcome) return outcome.token
  throw outcome.error
}
