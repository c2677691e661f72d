import type { ApprovalView } from '@authsec/core'
import { hasLastingStore, type ToolContext } from '@authsec/core/adapter'
import type { ToolFailure } from '@authsec/core/tool'
import type { RunToolApprovalItem } from '@openai/agents-core'
import type { CallName } from './stored-approvals.ts'
import type { OwnTool } from './tool-marks.ts'

/** A call that the SDK has paused the run for. */
export interface PausedCall extends CallName {
  readonly item: RunToolApprovalItem
  readonly own: OwnTool
  readonly toolName: string
  /** The arguments as the model wrote them, and what they are. */
  readonly text: string
  readonly input: unknown
  readonly context: ToolContext
}

/** Where a paused call stands. `sealed` is kept for the next look at it, in any process. */
export type Answer =
  | {
      readonly status: 'waiting'
      readonly approver: string | undefined
      readonly approval?: ApprovalView | undefined
      readonly sealed?: string | undefined
    }
  /** No rule requires an approval any more. */
  | { readonly status: 'ready' }
  /** `isLasting`: other processes see in a store that it was used, so that any of them may have it. */
  | { readonly status: 'approved'; readonly sealed: string; readonly isLasting: boolean }
  | { readonly status: 'refused'; readonly outcome: ToolFailure }

/**
 * Asks about a call, unless its approver has another question of this run, or of others: the next look asks then. Nothing waits for the
 * approver's turn, because the answer to the other question is collected by the caller.
 */
export async function ask(
  { own: { tool }, text, input, context }: PausedCall,
  busy: ReadonlySet<string | undefined>,
): Promise<Answer> {
  // No JSON: the SDK executes no such call, and tells the model so as long as nobody rejects it.
  if (input === text) return { status: 'ready' }
  const plan = await tool.plan(input, context)
  const approver = plan.status === 'needs_approval' ? plan.approval.question.approver : undefined
  if (plan.status === 'needs_approval' && busy.has(approver)) return { status: 'waiting', approver }
  const asked = await tool.ask(input, { ...context, waitForTurn: false })
  if (asked.status === 'refused')
    return isBusy(asked.outcome) ? { status: 'waiting', approver } : asked
  if (asked.status !== 'asked') return { status: 'ready' }
  const { approval, pending, client } = asked
  return { status: 'waiting', approver, approval, sealed: await client.sealApproval(pending) }
}

/** Asks AuthSec once for the answer. */
export async function collect(
  { own: { tool }, input, context }: PausedCall,
  approved: string,
): Promise<Answer> {
  const plan = await tool.plan(input, context)
  const approver = plan.status === 'needs_approval' ? plan.approval.question.approver : undefined
  const answer = await tool.poll(input, { ...context, approved })
  if (answer.status === 'approved') {
    const { client, approved: collected } = answer
    const sealed = await client.sealApproval(collected)
    return { status: 'approved', sealed, isLasting: hasLastingStore(client) }
  }
  if (answer.status === 'asked') return { status: 'waiting', approver, approval: answer.approval }
  if (answer.status !== 'refused') return { status: 'ready' }
  return isStillOpen(answer.outcome) ? { status: 'waiting', approver } : answer
}

/** AuthSec gave no answer, so the question stays open: to give up would lose a call that may be approved. */
function isStillOpen({ code }: ToolFailure): boolean {
  return code === 'approval_failed' || code === 'approval_outcome_unknown'
}

/** The approver may not be asked just now, for another run or a limit: nothing is decided, and the next look asks. */
function isBusy({ code, retryable }: ToolFailure): boolean {
  return code === 'approval_rate_limited' && retryable
}
