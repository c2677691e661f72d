import type { Unanswered } from '../approval/approvals.ts'
import type { AuthSecClient } from '../client/client.ts'
import type { PendingApproval } from '../pending.ts'
import type { ToolAnswer, ToolContext, ToolPlan, ToolQuestion } from './agent-tool.ts'
import { errorOutcome } from './tool-outcome.ts'

/** Asks about a planned call, if it requires an approval, and does not wait. */
export function askAboutCall(
  plan: ToolPlan,
  client: AuthSecClient,
  { signal, onApproval, waitForTurn = true }: ToolContext,
): Promise<ToolQuestion> {
  return answered(plan, client, signal, async (planned) => {
    const limits = waitForTurn ? planned.limits : { ...planned.limits, queuedPerApprover: 0 }
    const question = { ...planned, limits, reuse: true, signal, onApproval }
    return asked(client, await client.startApproval(question))
  })
}

/** Asks AuthSec once for the answer about a planned call. */
export function pollAboutCall(
  plan: ToolPlan,
  client: AuthSecClient,
  { approved, signal }: ToolContext & { approved: Unanswered },
): Promise<ToolAnswer> {
  return answered<ToolAnswer>(plan, client, signal, async (question) => {
    const answer = await client.pollApproval(approved, { question, signal })
    if (answer.status === 'pending') return asked(client, answer.pending)
    return Object.freeze({ status: 'approved', approved: answer.approval, client })
  })
}

type Question = Extract<ToolPlan, { status: 'needs_approval' }>['approval']['question']

/** The plan itself where it requires no approval, and an outcome for a failure that a model can reason about. */
async function answered<Answer>(
  plan: ToolPlan,
  { mode }: AuthSecClient,
  signal: AbortSignal | undefined,
  work: (question: Question) => Promise<Answer>,
): Promise<Answer | ToolPlan> {
  if (plan.status !== 'needs_approval') return plan
  try {
    return await work(plan.approval.question)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return { status: 'refused', outcome: errorOutcome(error, mode) }
  }
}

async function asked(client: AuthSecClient, pending: PendingApproval): Promise<ToolQuestion> {
  const approval = await client.viewApproval(pending)
  return Object.freeze({ status: 'asked', approval, pending, client })
}
