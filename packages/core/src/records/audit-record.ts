import type { Mode } from '../events.ts'

/** What a record is about. `log` records are about the log itself, `client` ones about a client that was created. */
export type AuditKind = 'call' | 'approval' | 'credentials' | 'token' | 'client' | 'log'

/**
 * How it ended. Of calls and credentials: `started` (about to be sent, written by a required log), `completed`
 * (an answer came, whatever its `status`), `refused` (a rule or a person said no, and nothing was sent),
 * `failed`, `suspended` (waits for a person). Of approvals: `asked`, `approved`, `denied`, `expired`,
 * `cancelled`, `failed`. Of tokens: `acquired`, `dropped`, `failed`. Of clients: `created`. Of the log:
 * `opened`, `closed`, `lost` (records that could not be written).
 */
export type AuditOutcome =
  | 'started'
  | 'completed'
  | 'refused'
  | 'failed'
  | 'suspended'
  | 'asked'
  | 'approved'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'acquired'
  | 'dropped'
  | 'created'
  | 'opened'
  | 'closed'
  | 'lost'

/** Who was asked, and what came of it. Only `code` is there before the answer. */
export interface AuditApproval {
  readonly code: string
  readonly approver?: string | undefined
  /** ISO 8601. */
  readonly decidedAt?: string | undefined
  readonly waitedMs?: number | undefined
}

/** What a record says, without its place in the chain. Fields that do not apply are absent. */
export interface AuditFields {
  readonly kind: AuditKind
  readonly outcome: AuditOutcome
  /** ISO 8601, UTC, with milliseconds. */
  readonly time: string
  /** Fingerprint of the client ID. */
  readonly client?: string | undefined
  /** Of a client: `mock` records are of invented calls. */
  readonly mode?: Mode | undefined
  readonly callId?: string | undefined
  readonly tool?: string | undefined
  /** Chosen by the framework or the model's provider. */
  readonly toolCallId?: string | undefined
  readonly run?: string | undefined
  readonly user?: string | undefined
  readonly caller?: string | undefined
  /** Of cloud credentials. */
  readonly provider?: string | undefined
  readonly resource?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** Fingerprint of the delegation token. */
  readonly token?: string | undefined
  /** Of a token: the agent, with the client ID replaced by its fingerprint. */
  readonly subject?: string | undefined
  /** The permissions that the call needs, or that the token has. */
  readonly permission?: readonly string[] | undefined
  /** When the token, the credentials or the question end, in ISO 8601. */
  readonly expiresAt?: string | undefined
  readonly approval?: AuditApproval | undefined
  /** Requests sent to the API; 0 when nothing was sent. */
  readonly attempts?: number | undefined
  readonly status?: number | undefined
  /** The code of an AuthSecError. */
  readonly code?: string | undefined
  /** The API's own words: untrusted, on one line. */
  readonly reason?: string | undefined
  readonly tokenProblem?: string | undefined
  /** The system's code of a failure, such as ECONNREFUSED. */
  readonly cause?: string | undefined
  /** Milliseconds, without the wait for a person. */
  readonly durationMs?: number | undefined
  /** Of `opened`: how the lines of the log are hashed. */
  readonly algorithm?: 'sha256' | 'hmac-sha256' | undefined
  /** Of `lost`: how many records. */
  readonly lost?: number | undefined
}

/** One line of an audit log. */
export interface AuditRecord extends AuditFields {
  /** Of this format. Fields are added within a version, and never change their meaning. */
  readonly version: 1
  /** Names the log: one run of one process, through all its files. */
  readonly chain?: string | undefined
  /** The place in the chain, from 0. */
  readonly seq?: number | undefined
  /** `hash` of the line before; absent in the first line of a chain. */
  readonly prev?: string | undefined
  /** Over the bytes of the line up to the comma before `"hash"`. Always the last field. */
  readonly hash?: string | undefined
}
