import { DelegationError } from '../errors.ts'
import type { Emit, TokenRequestReason } from '../events.ts'
import { runStep } from '../identity/run-step.ts'
import type { Instrumentation } from '../instrumentation.ts'
import { Turn } from '../limiter/turn.ts'
import { waitFor } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import type { DelegationAnswer, DelegationApi } from './delegation-api.ts'
import { delegationError, isFinal, isOwnRefusal, withdrawn } from './delegation-errors.ts'
import type { DelegationToken } from './delegation-token.ts'
import { fetchWithRetries } from './fetch-with-retries.ts'
import {
  maxAttempts,
  nextJitter,
  pauseAfterFailedRefresh,
  pauseAfterFinalAnswer,
  pauseAfterSameToken,
  pauseAfterStoredToken,
  pauseAskedFor,
} from './refresh-pace.ts'
import { createSharedTokens, type SharedTokens } from './shared-tokens.ts'
import type { TokenConfig } from './token-config.ts'
import { TokenLifetime } from './token-lifetime.ts'
import { type RefreshResult, reportFailure, reportToken, tokenStepEnd } from './token-reports.ts'

export interface GetTokenOptions {
  /** Ask AuthSec now, even when a valid token is cached. Default: false. */
  forceRefresh?: boolean
  /** A token that an API rejected with 401: AuthSec is asked for a newer one, at most every 30 s for one token. */
  rejected?: DelegationToken
  /** Ends this caller's wait; the shared request goes on. */
  signal?: AbortSignal | undefined
}

/** One call of a client. */
export interface TokenCaller {
  /** Learns of the request that this call begins. */
  readonly emit: Emit
  readonly instrumentation: Instrumentation | undefined
  /** Of the call. */
  readonly signal: AbortSignal | undefined
  /** Ends the wait when the client is closed. */
  readonly closing: AbortSignal
}

/** A request in progress. */
interface Refresh {
  readonly result: Promise<RefreshResult>
  readonly turn: Turn
}

/** The longest wait for a newer token while the current one is still valid, in milliseconds. */
const EXPIRING_WAIT_MS = 1_000
const RECHECK_PAUSE_MS = 30_000
const CIRCUIT_FAILURES = 5
/** Until a refresh that was skipped is looked at again. */
const SKIPPED_PAUSE_MS = 15_000

/**
 * The token of one agent, which all its clients in this process share: one request at a time for all callers. A valid
 * token is served even while AuthSec is down; a token that AuthSec revoked is never served again. A process may have
 * many thousands of these: what a request needs is made for the request.
 */
export class TokenCell {
  readonly #api: DelegationApi
  readonly #config: TokenConfig
  readonly #jitter = nextJitter()
  #shared: SharedTokens | undefined
  /** Learns of what the request in progress meets. */
  #tell: Emit = ignore
  /** Ends the request in progress. */
  #closing: AbortController | undefined
  #isClosed = false
  #current: TokenLifetime | undefined
  #refreshing: Refresh | undefined
  /** No refresh starts before this time, on the monotonic clock. */
  #refreshFrom = 0
  /** Thrown to every caller without a token until then. */
  #cachedError: { error: DelegationError; until: number } | undefined
  #failedRefreshes = 0
  #finalAnswers = 0
  #rechecked: { fingerprint: string; at: number } | undefined

  constructor(api: DelegationApi, config: TokenConfig) {
    this.#api = api
    this.#config = config
  }

  /** The token, if nobody need be asked for it. */
  fresh({ forceRefresh, rejected }: GetTokenOptions): DelegationToken | undefined {
    const current = this.#current
    if (!current || forceRefresh || rejected?.fingerprint === current.token.fingerprint) {
      return undefined
    }
    return current.zone() === 'fresh' ? current.token : undefined
  }

  async get(
    { forceRefresh, rejected }: GetTokenOptions,
    caller: TokenCaller,
  ): Promise<DelegationToken> {
    if (this.#isClosed) throw delegationError('client_closed')
    caller.signal?.throwIfAborted()
    if (forceRefresh) return tokenOf(await this.#join('forced', caller))
    const current = this.#current
    const zone = current?.zone()
    if (!current || !zone || zone === 'expired') return this.#waitForToken(caller)
    if (rejected?.fingerprint === current.token.fingerprint) {
      return this.#recheck(current.token, caller)
    }
    return zone === 'fresh' ? current.token : this.#refreshEarly(current, zone, caller)
  }

  /** Ends the request in progress and drops the token. */
  close(): void {
    this.#isClosed = true
    this.#current = undefined
    this.#closing?.abort(delegationError('client_closed'))
  }

  /** Serves the current token and starts a refresh. */
  async #refreshEarly(
    serving: TokenLifetime,
    zone: 'refresh' | 'expiring',
    caller: TokenCaller,
  ): Promise<DelegationToken> {
    const { clock, rateLimit } = this.#config
    if (!this.#refreshing && clock.monotonic() < this.#refreshFrom) return serving.token
    if (zone === 'refresh') {
      if (!this.#refreshing && this.#mayWaitFor(serving)) this.#startRefresh('refresh', caller)
      return serving.token
    }
    const { result, turn } = this.#startRefresh('refresh', caller)
    turn.hurry(rateLimit.queueMs, true)
    const patience = Math.min(EXPIRING_WAIT_MS, Math.max(0, serving.remainingMs()))
    await waitFor(result, clock, patience, caller)
    return this.#usable()?.token ?? this.#waitForToken(caller)
  }

  /** Others need the server more, if the turn of this refresh came too late: it is looked at again later. */
  #mayWaitFor(serving: TokenLifetime): boolean {
    const useful = usefulMs(serving)
    if (this.#api.expectedMs() <= useful) return true
    this.#refreshFrom = this.#config.clock.monotonic() + Math.min(useful, SKIPPED_PAUSE_MS)
    return false
  }

  /** No token can be served: waits for AuthSec, unless a recent failure is still cached. */
  async #waitForToken(caller: TokenCaller): Promise<DelegationToken> {
    const { clock, timeoutMs } = this.#config
    // A refresh ends by its own deadline; the extra 250 ms keep a waiting process alive until then.
    const endsAt = clock.monotonic() + timeoutMs + 250
    this.#throwCachedError()
    const outcome = await this.#join(this.#current ? 'refresh' : 'first', caller, endsAt)
    const hasTime = clock.monotonic() < endsAt - timeoutMs / 2
    if ('token' in outcome || !hasTime || !isRetryable(outcome.error)) return tokenOf(outcome)
    // Try once more: the shared refresh may have been a background one, which has fewer attempts.
    this.#throwCachedError()
    return tokenOf(await this.#join('first', caller, endsAt))
  }

  #throwCachedError(): void {
    const cached = this.#cachedError
    if (!this.#refreshing && cached && this.#config.clock.monotonic() < cached.until) {
      throw cached.error
    }
  }

  #usable(): TokenLifetime | undefined {
    return this.#current?.zone() === 'expired' ? undefined : this.#current
  }

  async #recheck(token: DelegationToken, caller: TokenCaller): Promise<DelegationToken> {
    const now = this.#config.clock.monotonic()
    const rechecked = this.#rechecked
    const isRecent =
      rechecked?.fingerprint === token.fingerprint && now - rechecked.at < RECHECK_PAUSE_MS
    // While AuthSec is failing, a rejected token is rechecked no more often than a refresh would ask.
    const isPaused = this.#failedRefreshes > 0 && now < this.#refreshFrom
    if ((isRecent || isPaused) && !this.#refreshing) return token
    this.#rechecked = { fingerprint: token.fingerprint, at: now }
    const outcome = await this.#join('rejected', caller)
    // When AuthSec is unreachable, the caller gets the same token back and can tell by its fingerprint.
    const still = this.#usable()
    return still && 'error' in outcome ? still.token : tokenOf(outcome)
  }

  async #join(
    reason: TokenRequestReason,
    caller: TokenCaller,
    endsAt = this.#config.clock.monotonic() + this.#config.timeoutMs + 250,
  ): Promise<RefreshResult> {
    const { clock, rateLimit } = this.#config
    const { result, turn } = this.#startRefresh(reason, caller)
    turn.hurry(rateLimit.queueMs, this.#isUrgent())
    for (let until = endsAt; ; ) {
      const waitedMs = turn.waitedMs
      const ms = until - clock.monotonic()
      const outcome = ms > 0 ? await waitFor(result, clock, ms, caller) : undefined
      if (outcome) return outcome
      // The wait for the turn has a bound of its own, and comes on top.
      if (turn.waitedMs === waitedMs) return { error: delegationError('timeout') }
      until += turn.waitedMs - waitedMs
    }
  }

  /** Whether callers wait, or are about to. */
  #isUrgent(): boolean {
    const zone = this.#current?.zone() ?? 'expired'
    return zone === 'expired' || zone === 'expiring'
  }

  #turnFor(reason: TokenRequestReason, signal: AbortSignal): Turn {
    const { clock, rateLimit } = this.#config
    const isUrgent = this.#isUrgent()
    const served = reason === 'refresh' && !isUrgent ? this.#current : undefined
    const queueMs = served ? usefulMs(served) : rateLimit.queueMs
    return new Turn(clock, { isUrgent, queueMs, signal, keepAlive: !served })
  }

  /** Whoever begins a request is told of it: several clients may wait for it. */
  #startRefresh(reason: TokenRequestReason, { instrumentation, emit }: TokenCaller): Refresh {
    if (this.#refreshing) return this.#refreshing
    const closing = new AbortController()
    const turn = this.#turnFor(reason, closing.signal)
    this.#closing = closing
    this.#tell = emit
    const result = runStep(instrumentation?.token, {
      step: { client: fingerprint('cid', this.#config.clientId), reason },
      work: () => this.#refresh(reason, turn, closing.signal),
      endOf: tokenStepEnd,
    }).finally(() => {
      this.#refreshing = undefined
      this.#closing = undefined
      this.#tell = ignore
    })
    this.#refreshing = { result, turn }
    return this.#refreshing
  }

  /** Never rejects, so nothing is ever unhandled. */
  async #refresh(
    reason: TokenRequestReason,
    turn: Turn,
    signal: AbortSignal,
  ): Promise<RefreshResult> {
    const { clock, timeoutMs } = this.#config
    const emit = this.#tell
    const startedAt = clock.monotonic()
    const current = this.#current
    const attempts = maxAttempts(reason !== 'refresh' || !this.#usable(), this.#failedRefreshes)
    const ask = (ms: number): Promise<DelegationAnswer> => {
      emit({ type: 'token.requested', reason })
      const bounds = { clock, maxAttempts: attempts, timeoutMs: ms, turn, emit }
      return fetchWithRetries(this.#api, bounds)
    }
    try {
      const shared = this.#sharedTokens()
      const answer = await (shared ? shared({ reason, current, ask, signal }) : ask(timeoutMs))
      return this.#accept(answer, startedAt)
    } catch (error) {
      return this.#fail(error, startedAt)
    }
  }

  #sharedTokens(): SharedTokens | undefined {
    const emit: Emit = (event) => this.#tell(event)
    this.#shared ??= createSharedTokens(this.#config, { emit, jitter: this.#jitter })
    return this.#shared
  }

  #accept(answer: DelegationAnswer, startedAt: number): RefreshResult {
    const { token, serverTime, ageMs } = answer
    const unchanged = this.#current?.token.fingerprint === token.fingerprint
    const { clock, refreshMarginSeconds } = this.#config
    const jitter = this.#jitter
    const next = new TokenLifetime(token, { clock, serverTime, refreshMarginSeconds, jitter })
    const zone = next.zone()
    if (zone === 'expired') {
      return this.#fail(delegationError('delegation_expired', { status: 410 }), startedAt)
    }
    if (this.#isClosed) return { error: delegationError('client_closed') }
    this.#current = next
    this.#cachedError = undefined
    this.#failedRefreshes = 0
    this.#finalAnswers = 0
    const left = [next.remainingMs(), next.expiringMs] as const
    const pause =
      ageMs === undefined
        ? pauseAfterSameToken(...left)
        : pauseAfterStoredToken(...left, { ageMs, jitter })
    this.#refreshFrom = unchanged || zone !== 'fresh' ? clock.monotonic() + pause : 0
    reportToken(this.#tell, next, { unchanged, durationMs: clock.monotonic() - startedAt })
    return { token }
  }

  #fail(cause: unknown, startedAt: number): RefreshResult {
    const error = this.#current && DelegationError.isInstance(cause) ? withdrawn(cause) : cause
    if (DelegationError.isInstance(error)) {
      if (isFinal(error)) this.#withdraw(error)
      else this.#pause(error)
    }
    const durationMs = this.#config.clock.monotonic() - startedAt
    const stillServing = this.#usable() !== undefined
    reportFailure(this.#tell, error, { stillServing, durationMs })
    return { error }
  }

  #withdraw(error: DelegationError): void {
    if (this.#current) {
      const { fingerprint } = this.#current.token
      this.#tell({ type: 'token.dropped', fingerprint, code: error.code })
    }
    this.#current = undefined
    this.#failedRefreshes = 0
    this.#finalAnswers += 1
    const pause = pauseAfterFinalAnswer(error, this.#finalAnswers)
    this.#cachedError = { error, until: this.#config.clock.monotonic() + pause }
  }

  #pause(error: DelegationError): void {
    const { clock } = this.#config
    // A refusal of the own limit says nothing about the server, and names a time that is spread already.
    const isOwn = isOwnRefusal(error)
    if (!isOwn) this.#failedRefreshes += 1
    const askedFor = pauseAskedFor(error, clock.now(), isOwn ? 0 : Math.random())
    // Only a token that is still served makes a refresh urgent: an expired one has no lifetime left
    // to take a third of, and every pause would be the shortest.
    const usable = this.#usable()
    const remainingMs = usable?.remainingMs()
    const pause = pauseAfterFailedRefresh(this.#failedRefreshes, Math.random(), remainingMs)
    this.#refreshFrom = clock.monotonic() + Math.max(askedFor, pause)
    const isOpen = this.#failedRefreshes >= CIRCUIT_FAILURES || askedFor > 0
    // Another process may have got the token meanwhile: a look at the store costs no turn.
    const isShared = this.#config.tokenKeys !== undefined
    const isForAll = isOpen && !(isOwn && (usable || isShared))
    this.#cachedError = isForAll ? { error, until: this.#refreshFrom } : undefined
  }
}

function ignore(): void {}

/** How long a refresh in the background is of use: until callers wait for it. */
function usefulMs(serving: TokenLifetime): number {
  return Math.max(0, serving.remainingMs() - serving.expiringMs)
}

function isRetryable(error: unknown): boolean {
  return DelegationError.isInstance(error) && error.retryable
}

function tokenOf(outcome: RefreshResult): DelegationToken {
  if ('token' in outcome) return outcome.token
  throw outcome.error
}
