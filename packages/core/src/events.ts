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

/** When an event happened, and in which client. */
export interface EventOrigin {
  readonly time?: Date | undefined
  /** Fingerprint of the client ID: `cid_` and 8 hex digits. */
  readonly client?: string | undefined
}

/** What the events of one call have in common. None of it is chosen by a model, except where a field says so. */
export interface CallDetails {
  /** `call_` and 16 hex digits, the same in all events of one call. */
  readonly callId?: string | undefined
  /** The tool that made the call. */
  readonly tool?: string | undefined
  /** The ID that the framework or the model's provider gave to the tool call. */
  readonly toolCallId?: string | undefined
  /** The run of the agent, as the framework names it. */
  readonly run?: string | undefined
  /** The user on whose behalf the agent acts, as the developer names them. Personal data. */
  readonly user?: string | undefined
  /** For an MCP server: the subject that called it. */
  readonly caller?: string | undefined
  /** Fingerprint of the delegation token that was used: `tok_` and 8 hex digits. */
  readonly token?: string | undefined
  /** The permissions that the call needs. */
  readonly permission?: readonly string[] | undefined
  /** The approval that the call was given. */
  readonly approval?: ApprovalDetails | undefined
  /** Requests that were sent to the API for this call; 0 when nothing was sent. */
  readonly attempts?: number | undefined
  /** The API's words about an error: untrusted, scrubbed, on one line. */
  readonly reason?: string | undefined
  /** Why the token was rejected, in our words, as in `ErrorReasons`. */
  readonly tokenProblem?: string | undefined
  /** The system's code of a failure, such as ECONNREFUSED. */
  readonly cause?: string | undefined
}

/** Who approved a call, when, and how long that took. */
export interface ApprovalDetails {
  /** The six characters that the approver saw. */
  readonly code: string
  /** As the developer configured it: mostly an e-mail address. Personal data. */
  readonly approver: string
  readonly decidedAt: Date
  /** From the question to the answer, in milliseconds. */
  readonly waitedMs: number
}

/**
 * What happens inside a client. Every field is chosen by name: an event never holds a token, client ID,
 * header, body or query, beyond the reason that an API gives for an error. Times are in milliseconds;
 * `durationMs` of a call leaves out the wait for a person.
 */
export type AuthSecEvent = EventOrigin & Happening

type Happening =
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
    } & ErrorReasons &
      CallDetails)
  | ({
      type: 'request.failed'
      resource: string
      method: string
      route: string
      durationMs: number
    } & FailureFacts &
      CallDetails)
  | ({
      /** Nothing was sent yet: the call waits for an approval and is carried on by another call. */
      type: 'request.suspended'
      resource: string
      method: string
      route: string
      durationMs: number
    } & FailureFacts &
      CallDetails)
  | ({ type: 'approval.started'; code: string; expiresAt: Date } & AskedPerson & CallDetails)
  | ({
      type: 'approval.settled'
      code: string
      outcome: ApprovalOutcome
      /** The wait for the person. */
      durationMs: number
    } & AskedPerson &
      CallDetails)
  | ({
      type: 'cloud.exchanged'
      provider: string
      expiresAt: Date
      durationMs: number
    } & CallDetails)
  | ({ type: 'cloud.failed'; provider: string; durationMs: number } & FailureFacts & CallDetails)
  | { type: 'warning'; code: WarningCode; message: string }

interface AskedPerson {
  /** Who was asked, as the developer configured it. Personal data. */
  readonly approver?: string | undefined
}

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

/** What is told of a call before it is sent: what it is, by whose permission, and who approved it. */
export interface CallStart extends EventOrigin, CallDetails {
  /** Of a call of an API. */
  readonly resource?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** Of an exchange for cloud credentials. */
  readonly provider?: string | undefined
}

/** Receives what happens inside a client. */
export interface OnEvent {
  (event: AuthSecEvent): void
  /**
   * Asked once for each call, when its token, permission and approval are there and before an approval is
   * used up or anything is sent to the API. When it throws or rejects, the call is refused with that error.
   * `createAuditLog` with `required` has it; write a wrapper with `combineObservers`, which keeps it.
   */
  readonly beforeSend?:
    | ((call: CallStart, signal?: AbortSignal) => void | Promise<void>)
    | undefined
}

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
