import type { Emit, TokenRequestReason } from '../events.ts'
import type { DelegationAnswer } from './delegation-api.ts'
import type { TokenConfig } from './token-config.ts'
import type { TokenLifetime } from './token-lifetime.ts'

/** One refresh of a cell. */
export interface CellRefresh {
  readonly reason: TokenRequestReason
  /** What the process has, expired or not. */
  readonly current: TokenLifetime | undefined
  /**
   * Asks AuthSec, retries included, for at most this many milliseconds without the waits for the turns. `atTurn` has the
   * last word at each turn: what it throws is thrown, and AuthSec is not asked.
   */
  ask(ms: number, atTurn?: () => Promise<void>): Promise<DelegationAnswer>
  /** How long it has waited for its turns, in milliseconds. */
  waitedMs(): number
  /** Ends what waits. */
  readonly signal: AbortSignal
}

/** Where the answer to a refresh comes from, if not from AuthSec alone. Throws what `ask` throws. */
export type TokenAnswers = (refresh: CellRefresh) => Promise<DelegationAnswer>

export interface TokenAnswersParts {
  readonly emit: Emit
  /** 0 to 1, fixed per process. */
  readonly jitter: number
}

/** Makes them for the cell of an agent, or nothing where AuthSec is to be asked each time. */
export type CreateTokenAnswers = (
  config: TokenConfig,
  parts: TokenAnswersParts,
) => TokenAnswers | undefined
