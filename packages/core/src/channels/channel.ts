import type { ApprovalError } from '../errors.ts'
import type { RiskMetadata } from '../options/risk-metadata.ts'
import type { ApprovalFlow, ApprovalRisk } from '../pending.ts'

/** A question, as it is sent to AuthSec. */
export interface ChannelQuestion {
  readonly approver: string
  readonly bindingMessage: string
  readonly scopes?: readonly string[] | undefined
  /** What the Agent Action Guard rates. */
  readonly action: GuardedAction
}

/** What the Agent Action Guard is told of an action (contract 6). Written by the developer. */
export interface GuardedAction {
  /** Such as `DELETE`. The server rates by the words in it, so no model may write it. */
  readonly action: string
  /** Such as `crm: customers/{id}`. */
  readonly resource: string
  readonly metadata?: RiskMetadata | undefined
}

/** A question that AuthSec has accepted. */
export interface StartedQuestion {
  readonly flow: ApprovalFlow
  readonly authReqId: string
  readonly expiresInSeconds: number
  /** 0: there is an answer already. */
  readonly intervalSeconds: number
  readonly risk?: ApprovalRisk | undefined
}

/** Where a question stands after one poll. */
export type PollState =
  | { state: 'approved'; accessToken: string }
  | { state: 'pending'; slowDown: boolean; retryAfterMs?: number | undefined }
  | { state: 'denied' }
  /** Expired, unknown or collected before: the server does not distinguish them (contract 3.3). */
  | { state: 'gone' }
  /** No answer, or one that cannot be used; it may have been the one with the approval. */
  | { state: 'no_answer'; mayBeLost: boolean; error: ApprovalError }
  | { state: 'refused'; error: ApprovalError }

/** A way to ask a person. */
export interface Channel {
  /** Sends the question. Never retried: a second request is a second push. Throws `ApprovalError`. */
  start(question: ChannelQuestion, signal: AbortSignal | undefined): Promise<StartedQuestion>
  /** Asks for the answer once. A failure is a state; only the signal's reason is thrown. */
  poll(
    question: { flow: ApprovalFlow; authReqId: string; approver: string },
    signal: AbortSignal | undefined,
  ): Promise<PollState>
}
