import type { ApprovalErrorCode, FailureFacts } from './errors.ts'

export type Mode = 'live' | 'mock'

/** What an API says about an error status: its own words, scrubbed, on one line of at most 300 characters. Untrusted. */
export interface ErrorReasons {
  /** From the body of the answer. */
  readonly detail?: string | undefined
  /** From its `WWW-Authenticate` (RFC 6750 section 3). */
  readonly challenge?: string | undefined
  /** Why the token was rejected, in our words: `wrong_audience`, `token_expired` and the like. */
  readonly tokenProblem?: string | undefined
}

/**
 * What happens inside a client. Every field is chosen by name: an event never holds a token, client ID,
 * header, body or query, beyond the reason that an API gives for an error. Times are in milliseconds.
 */
export type AuthSecEvent =
  | {
      type: 'client.created'
      mode: Mode
      authSecOrigin: string
      clientFingerprint: string
      resources: readonly string[]
    }
  | { type: 'token.requested'; reason: TokenRequestReason }
  | {
      type: 'token.acquired'
      fingerprint: string
      subject: string
      permissions: readonly string[]
      expiresAt: Date
      unchanged: boolean
      durationMs: number
    }
  | { type: 'token.dropped'; fingerprint: string; code: string }
  | {
      type: 'token.failed'
      code: string
      status: number | undefined
      /** As of `request.failed`. */
      systemCode?: string | undefined
      message: string
      stillServing: boolean
      durationMs: number
    }
  | ({
      type: 'request.completed'
      resource: string
      method: string
      route: string
      status: number
      durationMs: number
      bytes: number
      redacted: boolean
    } & ErrorReasons)
  | ({
      type: 'request.failed'
      resource: string
      method: string
      route: string
      durationMs: number
    } & FailureFacts)
  | ({
      /** Nothing was sent yet: the call waits for an approval and is carried on by another call. */
      type: 'request.suspended'
      resource: string
      method: string
      route: string
      durationMs: number
    } & FailureFacts)
  | { type: 'approval.started'; code: string; expiresAt: Date }
  | { type: 'approval.settled'; code: string; outcome: ApprovalOutcome; durationMs: number }
  | { type: 'cloud.exchanged'; provider: string; expiresAt: Date; durationMs: number }
  | ({ type: 'cloud.failed'; provider: string; durationMs: number } & FailureFacts)
  | { type: 'warning'; code: WarningCode; message: string }

/** `approved`, or the code of the `ApprovalError`, or `cancelled` by the caller's signal. */
export type ApprovalOutcome = 'approved' | 'cancelled' | ApprovalErrorCode

export type TokenRequestReason = 'first' | 'refresh' | 'forced' | 'rejected'

type WarningCode =
  | 'mock_mode'
  | 'value_trimmed'
  | 'clock_skew'
  | 'permissions_differ'
  | 'token_expiring'
  | 'server_deprecation'
  | 'store_failed'

export type OnEvent = (event: AuthSecEvent) => void

/** Observers cannot change a call: they receive a frozen event, and what they throw is dropped. */
export function createEmitter(onEvent: OnEvent | undefined): OnEvent {
  return (event) => {
    try {
      onEvent?.(Object.freeze(event))
    } catch {
      // A broken observer must not break the call it observes.
    }
  }
}
