import type { AuthSecClient } from '@authsec/core'
import { errorOutcome, type ToolContext } from '@authsec/core/adapter'
import type { AgentTool } from '@authsec/core/tool'
import { type Decision, isStillOpen, type StoredApproval } from './sealed-approval.ts'
import { waitHere } from './wait-here.ts'

type Approved = NonNullable<ToolContext['approved']>
type StoredQuestion = Extract<StoredApproval, { sealed: string }>

/** A question about a call of one of our tools, with the client that asked. */
export interface AskedOwn {
  readonly stored: StoredApproval
  readonly client?: AuthSecClient | undefined
}

/** Asks about a call, once, without waiting. Nothing when it requires no approval. */
export async function askOwn(
  tool: AgentTool,
  input: unknown,
  context: ToolContext,
): Promise<AskedOwn | undefined> {
  const found = await tool.ask(input, { ...context, waitForTurn: false })
  if (found.status === 'refused') return { stored: { failure: found.outcome } }
  if (found.status !== 'asked') return undefined
  const { pending, approval, client } = found
  return { stored: { sealed: await client.sealApproval(pending), approval }, client }
}

/** Asks AuthSec once for the answer. */
export async function collectOwn(
  tool: AgentTool,
  input: unknown,
  { stored: { sealed, approval }, ...context }: ToolContext & { stored: StoredQuestion },
): Promise<Decision<{ approved: Approved; client: AuthSecClient }>> {
  const answer = await tool.poll(input, { ...context, approved: sealed })
  if (answer.status === 'approved') return { status: 'ready', approved: answer }
  if (answer.status === 'asked') return { status: 'pending', approval: answer.approval }
  if (answer.status !== 'refused') return { status: 'ready' }
  const failure = answer.outcome
  return isStillOpen(failure) ? { status: 'pending', approval } : { status: 'refused', failure }
}

/**
 * Waits for the answer where a run cannot pause. A rule with `wait: 'block'` waits inside the tool, unless somebody
 * was asked already.
 */
export async function waitOwn(
  tool: AgentTool,
  input: unknown,
  { sealed, ...context }: ToolContext & { sealed?: string | undefined },
): Promise<Decision<{ approved: Approved; client: AuthSecClient }>> {
  const plan = await tool.plan(input, context)
  if (plan.status !== 'needs_approval') return { status: 'ready' }
  const { wait, timeoutMs } = plan.approval
  if (wait === 'block' && sealed === undefined) return { status: 'ready' }
  const asked = await tool.ask(input, context)
  if (asked.status === 'refused') return { status: 'refused', failure: asked.outcome }
  if (asked.status !== 'asked') return { status: 'ready' }
  const { client, pending } = asked
  const { signal } = context
  try {
    const approved = await waitHere(client, sealed ?? pending, { timeoutMs, signal })
    return { status: 'ready', approved: { approved, client } }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return { status: 'refused', failure: errorOutcome(error, client.mode) }
  }
}
