import type { ApprovalView } from '@authsec/core'
import type { ToolFailure, ToolOutcome } from '@authsec/core/tool'

/** For whom and where calls are made. A question is found again by these, and no other user can carry it on. */
export interface CallParties {
  readonly user: string
  readonly chatId: string
}

/** One call of a tool. */
export interface ToolCall {
  readonly toolCallId: string
  readonly input: unknown
  readonly abortSignal?: AbortSignal | undefined
  /** What the program gave the run. It names the agent that acts, and is passed to tools of others. */
  readonly context?: unknown
}

/** What became of a question about a call. */
export type Asked =
  | { readonly status: 'not_needed' }
  | { readonly status: 'asked'; readonly approval: ApprovalView; readonly sealed: string }
  | { readonly status: 'failed'; readonly failure: ToolFailure }

/** What a call came to. `error`: a tool of somebody else has no form for a failure. */
export type CallResult =
  | { readonly status: 'output'; readonly output: unknown }
  | { readonly status: 'error'; readonly errorText: string }

export interface CarriedOn {
  readonly result: CallResult
  /** What the person answered. `pending`: the result is only what a model reads meanwhile. */
  readonly answer: ApprovalView['status']
  /** Of a question that has no answer. */
  readonly approval?: ApprovalView | undefined
}

/** A tool whose calls a person decides about, in two steps that may be in two processes. */
export interface Suspendable {
  /** Whether no rule applies to the call. */
  isFree(call: ToolCall): Promise<boolean>
  ask(call: ToolCall): Promise<Asked>
  /** What may be shown of the question. Throws for one that is too old, or of another agent. */
  view(sealed: string, call: ToolCall): Promise<ApprovalView>
  /** Executes the call that was asked about, if it is approved by now. */
  carryOn(sealed: string, call: ToolCall): Promise<CarriedOn>
  /** Ends a call that nobody needs to decide about, or cannot. */
  refuse(failure: ToolFailure): CallResult
  execute(call: ToolCall, options: object): unknown
}

/** What an outcome says about the answer. Any other code is of a call that was approved, or never sent. */
const ANSWERS: Readonly<Record<string, CarriedOn['answer']>> = {
  approval_pending: 'pending',
  // AuthSec did not answer: the question stays open until it says that it has expired.
  approval_failed: 'pending',
  approval_outcome_unknown: 'pending',
  approval_denied: 'denied',
  approval_expired: 'expired',
  approval_cancelled: 'cancelled',
}

/** Where the question stands after such an outcome. */
export function carriedOn(outcome: ToolOutcome, result: CallResult): CarriedOn {
  if (outcome.ok) return { result, answer: 'approved' }
  const { code, approval } = outcome
  const isOfApproval = code.startsWith('approval_') || code.startsWith('approver_')
  return { result, answer: ANSWERS[code] ?? (isOfApproval ? 'failed' : 'approved'), approval }
}
