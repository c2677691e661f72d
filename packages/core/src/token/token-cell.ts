import { DelegationError } from '../errors.ts'
import type { Emit, TokenRequestReason } from '../events.ts'
import { runStep } from '../identity/run-step.ts'
import { Turn } from '../limiter/turn.ts'
import { waitFor } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import type { DelegationAnswer, DelegationApi } from './delegation-api.ts'
import { delegationError, isFinal, withdrawn } from './delegation-errors.ts'
import type { DelegationToken } from './delegation-token.ts'
import { fetchWithRetries } from './fetch-with-retries.ts'
import {
  maxAttempts,
  nextJitter,
  pauseAfterSameToken,
  pauseAfterStoredToken,
} from './refresh-pace.ts'
import { RefreshRecord } from './refresh-record.ts'
import type { CellRefresh, CreateTokenAnswers, TokenAnswers } from './token-answers.ts'
import type { TokenConfig } from './token-config.ts'
import { TokenLifetime } from './token-lifetime.ts'
import { type RefreshResult, reportFailure, reportToken, tokenStepEnd } from './token-reports.ts'
import type { GetTokenOptions, TokenCaller } from './token-request.ts'

/** A request in progress. */
interface Refresh {
  readonly reason: TokenRequestReason
  readonly result: Promise<RefreshResult>
  readonly turn: Turn
}

/** The longest wait for a newer token while the current one is still valid, in milliseconds. */
const EXPIRING_WAIT_MS = 1_000
/** How much a caller insists that AuthSec is asked: of the others, the store knows enough. */
const INSISTS = { first: 0, refresh: 0, rejected: 1, forced: 2 } as const
const LEAST_ROUND_MS = 250
const RECHECK_PAUSE_MS = 30_000
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
  readonly #createAnswers: CreateTokenAnswers | undefined
  #answers: TokenAnswers | undefined
  /** Learns of what the request in progress meets. */
  #tell: Emit = ignore
  /** Ends the request in progress. */
  #closing: AbortController | undefined
  #isClosed = false
  #current: TokenLifetime | undefined
  #refreshing: Refresh | undefined
  readonly #record: RefreshRecord
  #rechecked: { fingerprint: string; at: number } | undefined

  constructor(api: DelegationApi, config: TokenConfig, createAnswers?: CreateTokenAnswers) {
    this.#api = api
    this.#config = config
    this.#createAnswers = createAnswers
    this.#record = new RefreshRecord(config)
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
    if (!this.#refreshing && this.#record.isPaused) return serving.token
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
    this.#record.pauseFor(Math.min(useful, SKIPPED_PAUSE_MS))
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
    const error = this.#refreshing ? undefined : this.#record.cachedError
    if (error) throw error
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
    const isPaused = this.#record.failures > 0 && this.#record.isPaused
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
    for (let until = endsAt; ; ) {
      const refresh = this.#startRefresh(reason, caller)
      const waitedMs = refresh.turn.waitedMs
      const outcome = await this.#outcomeOf(refresh, caller, until)
      const isStored = 'token' in outcome && outcome.isStored
      // What the store answered to somebody who asked for less is no answer of AuthSec.
      if (!isStored || INSISTS[refresh.reason] >= INSISTS[reason]) return outcome
      until += refresh.turn.waitedMs - waitedMs
    }
  }

  async #outcomeOf(
    { result, turn }: Refresh,
    caller: TokenCaller,
    endsAt: number,
  ): Promise<RefreshResult> {
    const { clock, rateLimit } = this.#config
    turn.hurry(rateLimit.queueMs, this.#isUrgent())
    for (let until = endsAt; ; ) {
      const waitedMs = turn.waitedMs
      const ms = until - clock.monotonic()
      const outcome = ms > 0 ? await waitFor(result, clock, ms, caller) : undefined
      if (outcome) return outcome
      // The wait for the turn has a bound of its own, and comes on top.
      if (turn.waitedMs === waitedMs) return { error: delegationError('timeout') }
      // In rounds that do not get shorter, where the request was sent back just before the end.
      until += Math.max(LEAST_ROUND_MS, turn.waitedMs - waitedMs)
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
    this.#refreshing = { reason, result, turn }
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
    const attempts = maxAttempts(reason !== 'refresh' || !this.#usable(), this.#record.failures)
    let isTold = false
    const tell = (): void => {
      if (!isTold) emit({ type: 'token.requested', reason })
      isTold = true
    }
    const ask: CellRefresh['ask'] = (ms, last) => {
      if (!last) tell()
      const atTurn = last && ((): Promise<void> => last().then(tell))
      const bounds = { clock, maxAttempts: attempts, timeoutMs: ms, turn, emit, atTurn }
      return fetchWithRetries(this.#api, bounds)
    }
    const waitedMs = (): number => turn.waitedMs
    try {
      this.#answers ??= this.#createAnswers?.(this.#config, {
        emit: (event) => this.#tell(event),
        jitter: this.#jitter,
      })
      const answers = this.#answers
      const answer = await (answers
        ? answers({ reason, current, ask, signal, waitedMs })
        : ask(timeoutMs))
      return this.#accept(answer, startedAt)
    } catch (error) {
      return this.#fail(error, startedAt)
    }
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
    const left = [next.remainingMs(), next.expiringMs] as const
    const pause =
      ageMs === undefined
        ? pauseAfterSameToken(...left)
        : pauseAfterStoredToken(...left, { ageMs, jitter })
    this.#record.succeeded(unchanged || zone !== 'fresh' ? pause : 0)
    reportToken(this.#tell, next, { unchanged, durationMs: clock.monotonic() - startedAt })
    return { token, isStored: ageMs !== undefined }
  }

  #fail(cause: unknown, startedAt: number): RefreshResult {
    const error = this.#current && DelegationError.isInstance(cause) ? withdrawn(cause) : cause
    if (DelegationError.isInstance(error)) {
      if (isFinal(error)) this.#withdraw(error)
      else this.#record.failed(error, this.#usable()?.remainingMs())
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
    this.#record.refused(error)
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
