/**
 * What is used of the steps and events of a client. `@authsec/core` has the whole types, and its values are of these: an
 * API that only verifies tokens needs this package without core.
 */

/** Fields that say what went wrong. */
interface Failure {
  readonly code?: string | undefined
  readonly status?: number | undefined
  readonly systemCode?: string | undefined
}

export interface CallerFacts {
  readonly client: string
  readonly callId: string
  readonly tool?: string | undefined
  readonly toolCallId?: string | undefined
  readonly run?: string | undefined
  readonly user?: string | undefined
  readonly caller?: string | undefined
  readonly provider?: string | undefined
}

export interface TargetFacts {
  readonly resource: string
  readonly method: string
  readonly route: string
  readonly permission: readonly string[]
}

export interface ApprovalFacts {
  readonly code: string
  readonly approver: string
  readonly decidedAt: Date
  readonly waitedMs: number
}

export interface TokenFacts {
  readonly client: string
  readonly reason: string
}

interface TokenEnd extends Failure {
  readonly token?: string | undefined
  readonly permissions?: readonly string[] | undefined
  readonly expiresAt?: Date | undefined
}

export interface CallEnd extends Failure, Partial<TargetFacts> {
  readonly type?: string | undefined
  readonly tokenProblem?: string | undefined
  readonly token?: string | undefined
  readonly attempts?: number | undefined
  readonly approval?: ApprovalFacts | undefined
}

interface ApprovalEnd extends Failure {
  readonly outcome: 'approved' | 'failed'
  readonly approval?: ApprovalFacts | undefined
}

export interface SendFacts extends CallerFacts, TargetFacts {
  readonly attempt: number
  readonly host: string
  readonly port: string
  readonly scheme: 'http' | 'https'
}

interface TraceHeaders {
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  readonly baggage?: string | undefined
}

/** Calls `work` once and at once, with the headers of a trace; its promise never rejects. */
export type RunStep<Start, End> = (
  step: Start,
  work: (headers?: TraceHeaders) => Promise<End>,
) => unknown

/** The `instrumentation` of a client. */
export interface ClientInstrumentation {
  readonly token: RunStep<TokenFacts, TokenEnd> | undefined
  readonly call: RunStep<CallerFacts, CallEnd> | undefined
  readonly approval: RunStep<CallerFacts & TargetFacts, ApprovalEnd> | undefined
  readonly send: RunStep<SendFacts, Failure> | undefined
}

/** What is used of an event of a client. */
export interface ClientEvent extends CallEnd {
  readonly type: string
  readonly client: string
  readonly reason?: string | undefined
  readonly expiresAt?: Date | undefined
  readonly unchanged?: boolean | undefined
  readonly outcome?: string | undefined
  readonly tool?: string | undefined
  readonly provider?: string | undefined
  readonly durationMs?: number | undefined
}
