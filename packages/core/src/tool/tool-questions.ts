import type { Unanswered } from '../approval/approvals.ts'
import type { AuthSecClient } from '../client/client.ts'
import { AuthSecError } from '../errors.ts'
import type { PendingApproval } from '../pending.ts'
import type { ToolAnswer, ToolContext, ToolPlan, ToolQuestion } from './agent-tool.ts'
import type { ToolFailure } from './outcome.ts'
import { errorOutcome } from './tool-outcome.ts'

/** Reports that a call has ended, and returns the outcome. */
interface CallEnding {
  readonly end: (error: unknown) => Promise<ToolFailure>
}

/** Asks about a planned call, if it requires an approval, and does not wait. */
export function askAboutCall(
  plan: ToolPlan,
  client: AuthSecClient,
  { signal, onApproval, waitForTurn = true, end }: ToolContext & CallEnding,
): Promise<ToolQuestion> {
  return answered(plan, { signal, end }, async (planned) => {
    const limits = waitForTurn ? planned.limits : { ...planned.limits, queuedPerApprover: 0 }
    const question = { ...planned, limits, reuse: true, signal, onApproval }
    return asked(client, await client.startApproval(question))
  })
}

/** Asks AuthSec once for the answer about a planned call. */
export function pollAboutCall(
  plan: ToolPlan,
  client: AuthSecClient,
  { approved, signal, end }: ToolContext & CallEnding & { approved: Unanswered },
): Promise<ToolAnswer> {
  // Without an answer the question stays open, and the call may still be carried on.
  const endUnlessOpen = async (error: unknown): Promise<ToolFailure> =>
    isOpen(error) ? errorOutcome(error, client.mode) : end(error)
  return answered<ToolAnswer>(plan, { signal, end: endUnlessOpen }, async (question) => {
    const answer = await client.pollApproval(approved, { question, signal })
    if (answer.status === 'pending') return asked(client, answer.pending)
    return Object.freeze({ status: 'approved', approved: answer.approval, client })
  })
}

type Question = Extract<ToolPlan, { status: 'needs_approval' }>['approval']['question']

/** The plan itself where it requires no approval, and an outcome for a failure that a model can reason about. */
async function answered<Answer>(
  plan: ToolPlan,
  { signal, end }: Pick<ToolContext, 'signal'> & CallEnding,
  work: (question: Question) => Promise<Answer>,
): Promise<Answer | ToolPlan> {
  if (plan.status !== 'needs_approval') return plan
  try {
    return await work(plan.approval.question)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return { status: 'refused', outcome: await end(error) }
  }
}

/** AuthSec gave no answer. */
function isOpen(error: unknown): boolean {
  const { code } = AuthSecError.isInstance(error) ? error : { code: undefined }
  return code === 'approval_outcome_unknown' || code === 'approval_failed'
}

async function asked(client: AuthSecClient, pending: PendingApproval): Promise<ToolQuestion> {
  const approval = await client.viewApproval(pending)
  return Object.freeze({ status: 'asked', approval, pending, client })
}
