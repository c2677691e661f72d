import type { ApprovalQuestion, AuthSecClient } from '@authsec/core'
import { errorOutcome, toolQuestion } from '@authsec/core/adapter'
import type { ToolApprovalRules } from '@authsec/core/tool'
import { type Decision, isStillOpen, type StoredApproval } from './sealed-approval.ts'
import { waitHere } from './wait-here.ts'

type StoredQuestion = Extract<StoredApproval, { sealed: string }>

/** A call of a tool that is not ours, as its rule sees it. */
export interface ForeignCall {
  readonly client: AuthSecClient
  readonly rules: ToolApprovalRules
  readonly call: Omit<Parameters<typeof toolQuestion>[1], 'signal'>
  readonly onApproval: ApprovalQuestion['onApproval']
  readonly signal: AbortSignal | undefined
}

/** Turns what a model can reason about into a refusal. Throws the signal's reason and programming errors. */
async function refusing<T>(
  { client, signal }: ForeignCall,
  work: () => Promise<T>,
): Promise<T | Extract<Decision<never>, { status: 'refused' }>> {
  try {
    return await work()
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return { status: 'refused', failure: errorOutcome(error, client.mode) }
  }
}

/** Asks about a call, once, without waiting. Nothing when no rule applies. */
export async function askForeign(call: ForeignCall): Promise<StoredApproval | undefined> {
  const { client, signal, onApproval } = call
  const asked = await refusing(call, async () => {
    const question = toolQuestion(call.rules, call.call)
    if (!question) return undefined
    const limits = { ...question.limits, queuedPerApprover: 0 }
    const asking = { ...question, limits, reuse: true, onApproval, signal }
    const pending = await client.startApproval(asking)
    const approval = await client.viewApproval(pending)
    return { sealed: await client.sealApproval(pending), approval }
  })
  return asked && 'failure' in asked ? { failure: asked.failure } : asked
}

/** Asks AuthSec once for the answer, and uses up an approval: the tool must run next. The result is the input that was approved. */
export async function collectForeign(
  call: ForeignCall,
  { sealed, approval }: StoredQuestion,
): Promise<Decision<unknown>> {
  const { client, signal } = call
  const decided = await refusing<Decision<unknown>>(call, async () => {
    const question = toolQuestion(call.rules, call.call)
    if (!question) return { status: 'ready' }
    await client.useApproval(sealed, { ...question, signal })
    return { status: 'ready', approved: inputOf(question) }
  })
  if (decided.status !== 'refused' || !isStillOpen(decided.failure)) return decided
  return { status: 'pending', approval: decided.failure.approval ?? approval }
}

/** Waits for the answer where a run cannot pause. */
export async function waitForeign(call: ForeignCall, sealed?: string): Promise<Decision<unknown>> {
  const { client, signal, onApproval } = call
  return refusing<Decision<unknown>>(call, async () => {
    const question = toolQuestion(call.rules, call.call)
    if (!question) return { status: 'ready' }
    const { timeoutMs } = call.rules[call.call.toolName] ?? {}
    const pending =
      sealed ?? (await client.startApproval({ ...question, reuse: true, onApproval, signal }))
    const approved = await waitHere(client, pending, { timeoutMs, signal })
    await client.useApproval(approved, { ...question, signal })
    return { status: 'ready', approved: inputOf(question) }
  })
}

/** The copy of the input that the approval is bound to: nothing that runs beside it can change it. */
function inputOf({ action }: ApprovalQuestion): unknown {
  return structuredClone(Object(action).input)
}
