import type { FailureFacts } from './errors.ts'
import type {
  ApprovalDetails,
  CallIdentity,
  CallTarget,
  EventBody,
  TokenRequestReason,
} from './events.ts'

/** Headers of a trace (W3C Trace Context, Baggage). Nothing else is sent; what has not the form of one is dropped. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  readonly baggage?: string | undefined
}

/** What each step knows of its client. */
interface OfClient {
  /** Fingerprint of the client ID. */
  readonly client: string
}

export interface TokenStep extends OfClient {
  readonly reason: TokenRequestReason
}

export type TokenStepEnd =
  | {
      /** Fingerprint. */
      readonly token: string
      readonly permissions: readonly string[]
      readonly expiresAt: Date
    }
  | FailureFacts

/** What the call is, is known at its end: it may be refused before. */
export interface CallStep extends OfClient, CallIdentity {
  /** Of an exchange for cloud credentials. */
  readonly provider?: string | undefined
}

/** The last event of the call; the facts of a failure that has none, such as a mistake of the program. */
export type CallStepEnd = EventBody | FailureFacts

export interface ApprovalStep extends OfClient, CallIdentity, CallTarget {}

export type ApprovalStepEnd =
  | { readonly outcome: 'approved'; readonly approval: ApprovalDetails | undefined }
  | ({ readonly outcome: 'failed' } & FailureFacts)

/** One request to the protected API. */
export interface SendStep extends OfClient, CallIdentity, CallTarget {
  /** From 1: retries, redirects and what follows a 401 count. */
  readonly attempt: number
  /** Host of the URL, without the port. */
  readonly host: string
  /** As in the URL: empty for the scheme's own. */
  readonly port: string
  readonly scheme: 'http' | 'https'
}

export type SendStepEnd = { readonly status: number } | FailureFacts

/** Runs one step: calls `work` once and at once, and learns from its promise, which never rejects, what came of it. */
export type RunStep<Start, End, Work extends readonly unknown[] = []> = (
  step: Start,
  work: (...given: Work) => Promise<End>,
) => unknown

/**
 * Runs the steps of a client inside spans, or measures them. All of a step, its callbacks included, happens inside
 * `work`, so what is active there is the parent of whatever the step starts. It cannot change a step: what it throws or
 * returns is dropped, and a step that it does not run at once is run without it. It is given no token, header, body or
 * query.
 */
export interface Instrumentation {
  /** A request for a delegation token, which all concurrent callers share. */
  readonly token?: RunStep<TokenStep, TokenStepEnd> | undefined
  /** A call, from its first check to its end: of `client.fetch`, the end of the body. Also an exchange for cloud credentials. */
  readonly call?: RunStep<CallStep, CallStepEnd> | undefined
  /** The approval of a call, with the wait for a person. */
  readonly approval?: RunStep<ApprovalStep, ApprovalStepEnd> | undefined
  /** One request to the protected API, which gets the headers. */
  readonly send?: RunStep<SendStep, SendStepEnd, [headers?: TraceHeaders]> | undefined
}
