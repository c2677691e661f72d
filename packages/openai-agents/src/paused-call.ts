import type { ApprovalView } from '@authsec/core'
import { hasLastingStore, type RequiredApproval, type ToolContext } from '@authsec/core/adapter'
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
      readonly about: RequiredApproval | undefined
      readonly approval?: ApprovalView | undefined
      readonly sealed?: string | undefined
    }
  /** No rule requires an approval any more. */
  | { readonly status: 'ready' }
  /** `isLasting`: other processes see in a store that it was used, so that any of them may have it. */
  | { readonly status: 'approved'; readonly sealed: string; readonly isLasting: boolean }
  | { readonly status: 'refused'; readonly outcome: ToolFailure }

/** Who must not be asked in this look, and what was asked in it. */
interface OpenQuestions {
  readonly approvers: ReadonlySet<string | undefined>
  readonly digests: ReadonlySet<string>
}

/**
 * Asks about a call, unless its approver has a question of an earlier look at this run, or as many as the option
 * `openPerApprover` allows: the next look asks then. Nothing waits for the approver's turn, because the answer to the other
 * question is collected by the caller. Two calls that are the same have a question each, one after the other.
 */
export async function ask(call: PausedCall, open: OpenQuestions): Promise<Answer> {
  const { own, text, input, context } = call
  // No JSON: the SDK executes no such call, and tells the model so as long as nobody rejects it.
  if (input === text) return { status: 'ready' }
  const about = await requiredFor(call)
  const mustWait =
    about && (open.approvers.has(about.question.approver) || open.digests.has(about.digest))
  if (mustWait) return { status: 'waiting', about }
  const asked = await own.tool.ask(input, { ...context, waitForTurn: false })
  if (asked.status === 'refused')
    return isBusy(asked.outcome) ? { status: 'waiting', about } : asked
  if (asked.status !== 'asked') return { status: 'ready' }
  const { approval, pending, client } = asked
  return { status: 'waiting', about, approval, sealed: await client.sealApproval(pending) }
}

/** The approval that a call requires, with nobody asked. */
async function requiredFor({
  own,
  input,
  context,
}: PausedCall): Promise<RequiredApproval | undefined> {
  const plan = await own.tool.plan(input, context)
  return plan.status === 'needs_approval' ? plan.approval : undefined
}

/** Asks AuthSec once for the answer. */
export async function collect(call: PausedCall, approved: string): Promise<Answer> {
  const { tool } = call.own
  const { input, context } = call
  const about = await requiredFor(call)
  const answer = await tool.poll(input, { ...context, approved })
  if (answer.status === 'approved') {
    const { client, approved: collected } = answer
    const sealed = await client.sealApproval(collected)
    return { status: 'approved', sealed, isLasting: hasLastingStore(client) }
  }
  if (answer.status === 'asked') return { status: 'waiting', about, approval: answer.approval }
  if (answer.status !== 'refused') return { status: 'ready' }
  return isStillOpen(answer.outcome) ? { status: 'waiting', about } : answer
}

/** AuthSec gave no answer, so the question stays open: to give up would lose a call that may be approved. */
function isStillOpen({ code }: ToolFailure): boolean {
  return code === 'approval_failed' || code === 'approval_outcome_unknown'
}

/** The approver may not be asked just now, for another run or a limit: nothing is decided, and the next look asks. */
function isBusy({ code, retryable }: ToolFailure): boolean {
  return code === 'approval_rate_limited' && retryable
}
