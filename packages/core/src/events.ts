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
  /** By the clock of the client. */
  readonly time: Date
  /** Fingerprint of the client ID: `cid_` and 8 hex digits. */
  readonly client: string
}

/** Who makes a call. The program and its framework say so, never a model. */
export interface CallIdentity {
  /** `call_` and 16 hex digits, the same in all events of one call. */
  readonly callId: string
  /** The tool that makes the call. */
  readonly tool?: string | undefined
  /** The ID that the framework or the model's provider gave to the tool call. */
  readonly toolCallId?: string | undefined
  /** The run of the agent, where the framework tells runs apart. */
  readonly run?: string | undefined
  /** Who the agent works for, as the developer names them. Personal data. */
  readonly user?: string | undefined
  /** For an MCP server: the subject of the caller's token, with UUIDs replaced by fingerprints. */
  readonly caller?: string | undefined
}

/** What a call is. */
export interface CallTarget {
  /** The name of the resource, or `unknown` when a refused call names none of the client. */
  readonly resource: string
  readonly method: string
  /** The path template of an operation, else the path below the resource, without a query. A model may have written it. */
  readonly route: string
  /** The permissions that the call needs. Empty for a call that was refused before they were known. */
  readonly permission: readonly string[]
}

/** Who approved a call, when, and how long that took. */
export interface ApprovalDetails {
  /** The six characters that the approver saw. */
  readonly code: string
  /** As the developer configured it: mostly an e-mail address. Personal data. */
  readonly approver: string
  /** When the answer was collected. */
  readonly decidedAt: Date
  /** From the question to the answer. */
  readonly waitedMs: number
}

/** How far a call got. */
export interface CallProgress {
  /** Fingerprint of the token of the call: `tok_` and 8 hex digits. Absent when there was none. */
  readonly token?: string | undefined
  /** The approval that the call used up. */
  readonly approval?: ApprovalDetails | undefined
  /** How often the call was sent to the API, with retries, redirects and what followed a 401. 0: nothing was sent. */
  readonly attempts: number
  /** Without the wait for a person. */
  readonly durationMs: number
}

/** What the events of one call of a protected API have in common. */
export interface CallDetails extends CallIdentity, CallTarget, CallProgress {}

/** What is known of a call right before it is sent: who, what, by which permission, approved by whom. */
export interface CallStart
  extends EventOrigin,
    CallIdentity,
    Partial<CallTarget>,
    Pick<CallProgress, 'token' | 'approval'> {
  /** Of an exchange for cloud credentials. */
  readonly provider?: string | undefined
}

/** Whom a question was put to, and about what. The call is absent where the action is no call of this client. */
export interface QuestionDetails extends CallIdentity, Partial<CallTarget> {
  /** The six characters that the approver sees. */
  readonly code: string
  /** As the developer configured it: mostly an e-mail address. Personal data. */
  readonly approver: string
}

/** What the events of an exchange for cloud credentials have in common. */
export interface ExchangeDetails extends CallIdentity, CallProgress {
  /** `aws`, `azure` or `gcp`. */
  readonly provider: string
}

/**
 * What happens inside a client. Every field is chosen by name: an event never holds a token, client ID,
 * header, body or query, beyond the reason that an API gives for an error. Times are in milliseconds.
 */
export type AuthSecEvent = EventOrigin & EventBody

/** An event without what all events have. */
export type EventBody =
  | {
      /** A client was created. Nothing was sent yet. */
      type: 'client.created'
      mode: Mode
      /** Scheme, host and port of the AuthSec server. */
      authSecOrigin: string
      /** The names of the resources that it may call. */
      resources: readonly string[]
    }
  | {
      /** AuthSec is asked for the delegation token: one request for all callers, in every client of the agent. The client whose call began it is told of it. Absent when another process of the agent had asked (option `tokenKeys`). */
      type: 'token.requested'
      /** `rejected`: an API answered 401 to the current one. */
      reason: TokenRequestReason
    }
  | {
      /** From AuthSec, or from the store that the processes of the agent share. */
      type: 'token.acquired'
      /** Of the token: `tok_` and 8 hex digits. */
      fingerprint: string
      /** The agent, with its client ID replaced by the fingerprint. */
      subject: string
      /** What the token permits. */
      permissions: readonly string[]
      expiresAt: Date
      /** Whether AuthSec returned the token that the client had already. */
      unchanged: boolean
      durationMs: number
    }
  | {
      /** AuthSec says that the delegation is over: its token is not served any more. */
      type: 'token.dropped'
      /** Of the token. */
      fingerprint: string
      /** The code of the error that calls get. */
      code: string
    }
  | {
      /** AuthSec gave no token. */
      type: 'token.failed'
      /** The code of the error that calls get, if no token is left. */
      code: string
      /** The HTTP status, if there was an answer. */
      status: number | undefined
      /** As of `request.failed`. */
      systemCode?: string | undefined
      /** One sentence. */
      message: string
      /** Whether the current token is still valid and in use. */
      stillServing: boolean
      durationMs: number
    }
  | CallEnd
  | ({
      /** A person was asked. */
      type: 'approval.started'
      /** Until when it can be answered. */
      expiresAt: Date
    } & QuestionDetails)
  | ({
      /** A question has an answer, or is over without one. */
      type: 'approval.settled'
      outcome: ApprovalOutcome
      /** When the answer was collected, or the question given up. */
      decidedAt: Date
      /** Since the question was put. */
      durationMs: number
    } & QuestionDetails)
  | ({
      /** Cloud credentials were issued for the token. */
      type: 'cloud.exchanged'
      expiresAt: Date
    } & ExchangeDetails)
  | ({ type: 'cloud.failed' } & FailureFacts & ExchangeDetails)
  | {
      /** Something that works, and that somebody should look at. */
      type: 'warning'
      code: WarningCode
      /** One sentence. */
      message: string
    }

/** The last event of a call. */
export type CallEnd =
  | ({
      /** The API has answered, whatever the status. */
      type: 'request.completed'
      status: number
      /** Of the body, after decoding. */
      bytes: number
      /** Whether a token or client ID that the API echoed was removed. */
      redacted: boolean
    } & ErrorReasons &
      CallDetails)
  | ({
      /** The call was refused, with `attempts` 0, or failed on its way. */
      type: 'request.failed'
    } & FailureFacts &
      CallDetails)
  | ({
      /** Nothing was sent yet: the call waits for an approval and is carried on by another call. */
      type: 'request.suspended'
    } & FailureFacts &
      CallDetails)

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
  | 'stored_token_ignored'
  | 'token_store_unusable'
  | 'rate_limit_wait'

/** Receives what happens inside a client. */
export interface OnEvent {
  (event: AuthSecEvent): void
  /**
   * Asked once for each call, when its token, permission and approval are there and before the approval is
   * used up or anything is sent to the API. When it throws or rejects, the call is refused with that error.
   * A required audit log has it; `combineObservers` keeps it.
   */
  readonly beforeSend?:
    | ((call: CallStart, signal?: AbortSignal) => void | Promise<void>)
    | undefined
}

/** Tells what happened; whoever calls it need not know when, and in which client. */
export type Emit = (event: EventBody) => void

function tellNobody(): void {}

/** Observers cannot change a call: they receive a frozen event, and what they throw is dropped. */
export function createEmitter(
  onEvent: OnEvent | undefined,
  { client, now }: { readonly client: string; readonly now: () => number },
): Emit {
  if (!onEvent) return tellNobody
  return (event) => {
    try {
      onEvent(Object.freeze({ ...event, time: new Date(now()), client }))
    } catch {
      // A broken observer must not break the call it observes.
    }
  }
}
