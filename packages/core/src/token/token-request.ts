import type { Emit } from '../events.ts'
import type { Instrumentation } from '../instrumentation.ts'
import type { DelegationToken } from './delegation-token.ts'

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
