import type { DelegationError } from '../errors.ts'
import { isOwnRefusal } from './delegation-errors.ts'
import { pauseAfterFailedRefresh, pauseAfterFinalAnswer, pauseAskedFor } from './refresh-pace.ts'
import type { TokenConfig } from './token-config.ts'

const CIRCUIT_FAILURES = 5

/** How the last refreshes of a cell ended, and until when that keeps it from the next one. */
export class RefreshRecord {
  readonly #config: Pick<TokenConfig, 'clock' | 'tokenKeys'>
  /** No refresh starts before this time, on the monotonic clock. */
  #pausedUntil = 0
  /** Thrown to every caller without a token until then. */
  #cached: { readonly error: DelegationError; readonly until: number } | undefined
  #failures = 0
  #finalAnswers = 0

  constructor(config: Pick<TokenConfig, 'clock' | 'tokenKeys'>) {
    this.#config = config
  }

  /** Failures since the last answer with a token, or the last final one. */
  get failures(): number {
    return this.#failures
  }

  get isPaused(): boolean {
    return this.#config.clock.monotonic() < this.#pausedUntil
  }

  /** What a caller without a token gets now, if AuthSec is not asked. */
  get cachedError(): DelegationError | undefined {
    const isKept = this.#cached && this.#config.clock.monotonic() < this.#cached.until
    return isKept ? this.#cached?.error : undefined
  }

  pauseFor(ms: number): void {
    this.#pausedUntil = this.#config.clock.monotonic() + ms
  }

  succeeded(pauseMs: number): void {
    this.#cached = undefined
    this.#failures = 0
    this.#finalAnswers = 0
    this.pauseFor(pauseMs)
  }

  /** AuthSec says that there is no token for this agent. */
  refused(error: DelegationError): void {
    this.#failures = 0
    this.#finalAnswers += 1
    const pause = pauseAfterFinalAnswer(error, this.#finalAnswers)
    this.#cached = { error, until: this.#config.clock.monotonic() + pause }
  }

  /** @param remainingMs - Of the token that is still served: an expired one makes nothing urgent, or every pause would be the shortest. */
  failed(error: DelegationError, remainingMs: number | undefined): void {
    const { clock, tokenKeys } = this.#config
    // A refusal of the own limit says nothing about the server, and names a time that is spread already.
    const isOwn = isOwnRefusal(error)
    if (!isOwn) this.#failures += 1
    const askedFor = pauseAskedFor(error, clock.now(), isOwn ? 0 : Math.random())
    const pause = pauseAfterFailedRefresh(this.#failures, Math.random(), remainingMs)
    this.pauseFor(Math.max(askedFor, pause))
    const isOpen = this.#failures >= CIRCUIT_FAILURES || askedFor > 0
    // Another process may have got the token meanwhile: a look at the store costs no turn.
    const isForAll = isOpen && !(isOwn && (remainingMs !== undefined || tokenKeys !== undefined))
    this.#cached = isForAll ? { error, until: this.#pausedUntil } : undefined
  }
}
