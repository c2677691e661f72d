import type { Approval, AuthSecClient, Clock, PendingApproval } from '@authsec/core'
import type { RequiredApproval, ToolContext } from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome } from '@authsec/core/tool'
import {
  type InputRequiredResult,
  inputResponse,
  isInputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { hasLostConnection, signalOf } from '../server/call-signal.ts'
import type { Progress } from '../server/progress.ts'
import { callError } from './call-errors.ts'
import { carryOn, waitForAnswer } from './collect-answer.ts'
import { type CallState, canElicit, readState, sendAgain, showCode } from './input-required.ts'
import { createOpenQuestions, type Visit } from './open-questions.ts'
import { statusAfter, statusSentence } from './status-sentence.ts'

/** One request of a client for a tool that may require an approval. */
interface ToolRequest {
  readonly tool: AgentTool
  readonly input: unknown
  readonly ctx: ServerContext
  readonly context: ToolContext
  readonly progress: Progress
  /** Whether the client can send the request again (MCP 2026-07-28). Any other waits in this one. */
  readonly isResumable: boolean
}

type Answer = ToolOutcome | InputRequiredResult

export interface ToolApprovals {
  /** Accepts sealed questions of this agent only. Throws for any other state. */
  verify(state: string): Promise<CallState>
  /** The outcome of the call, or a request to send it again. Throws `AuthSecError`s. */
  call(request: ToolRequest): Promise<Answer>
}

/** Longer than any question is open (contract 3.6). */
const UNTIL_THE_END_MS = 3_600_000
/** For a rule that sets no `timeoutMs`, as in core. */
const DEFAULT_TIMEOUT_MS = 120_000
/** The official clients send a call ten times at most. Two of them are left for their retries. */
const MAX_WAITS = 8

/**
 * Calls that a person must approve. AuthSec asks the approver once (CIBA, contract 3). A client that can send a
 * request again (`inputRequired`) gets the sealed question as `requestState`, and waits for at most `maxWaitMs` in
 * each request, so that it ends before the client's own timeout. The request that collects the approval also sends
 * the call, so nothing is sent for a client that has gone. Nothing that the client answers is an approval.
 */
export function createToolApprovals(
  client: AuthSecClient,
  { clock, maxWaitMs }: { clock: Clock; maxWaitMs: number },
): ToolApprovals {
  // The approver's place is given back as soon as nobody waits for the answer.
  const questions = createOpenQuestions(clock, (pending) => client.cancelApproval(pending))

  async function call(request: ToolRequest): Promise<Answer> {
    const { tool, input, ctx, context, isResumable } = request
    const plan = await tool.plan(input, { ...context, endsWithPlan: true })
    if (plan.status === 'refused') return plan.outcome
    const state = isResumable ? ctx.mcpReq.requestState<CallState>() : undefined
    if (plan.status !== 'needs_approval') {
      if (state !== undefined) throw callError('approval_mismatch')
      return send(request)
    }
    return state === undefined ? ask(request, plan.approval) : resume(request, plan.approval, state)
  }

  async function ask(request: ToolRequest, required: RequiredApproval): Promise<Answer> {
    if (questions.areFull()) throw callError('approval_rate_limited')
    const { ctx, progress, isResumable } = request
    const pending = await client.startApproval({
      ...required.question,
      reuse: true,
      validMs: required.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      limits: limitsOf(request, required),
      signal: signalOf(ctx),
      onApproval: (view) => progress.tell(statusSentence(view)),
    })
    const visit = questions.open(keyOf(request, required, pending), pending)
    return during(request, visit, async () => {
      // The Agent Action Guard approves some actions at once.
      const mayBeAnswered = pending.intervalSeconds === 0
      if (!isResumable || mayBeAnswered || !canElicit(ctx)) {
        return wait(request, required, { pending, visit })
      }
      return showCode(pending.code, await client.sealApproval(pending))
    })
  }

  /** A turn that takes longer than a request is one for the model to ask for again. */
  function limitsOf(
    { isResumable }: ToolRequest,
    { question: { limits } }: RequiredApproval,
  ): RequiredApproval['question']['limits'] {
    if (!isResumable) return limits
    return { ...limits, queueMs: Math.min(maxWaitMs, limits?.queueMs ?? maxWaitMs) }
  }

  async function resume(
    request: ToolRequest,
    required: RequiredApproval,
    { sealed, view }: CallState,
  ): Promise<Answer> {
    if (!view) throw callError('approval_expired')
    const { ctx, progress } = request
    const signal = signalOf(ctx)
    const visit = questions.visit(keyOf(request, required, view))
    return during(request, visit, async () => {
      if (isDeclined(ctx)) throw callError('approval_cancelled')
      if (Date.parse(view.expiresAt) <= clock.now()) throw callError('approval_timeout')
      if (view.code === required.code) progress.tell(statusSentence(view))
      const found = await carryOn({ clock, visit, signal }, () => send(request, sealed))
      return 'ok' in found ? found : wait(request, required, { pending: found, visit })
    })
  }

  async function wait(
    request: ToolRequest,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: RequiredApproval,
    { pending, visit }: { pending: PendingApproval; visit: Visit },
  ): Promise<Answer> {
    const { ctx, progress, isResumable } = request
    const { code } = pending
    const signal = signalOf(ctx)
    const forMs = isResumable ? Math.max(maxWaitMs, timeoutMs / MAX_WAITS) : UNTIL_THE_END_MS
    const tell = (status: Parameters<typeof statusSentence>[0]['status']): void =>
      progress.tell(statusSentence({ code, status }))
    const answer = await waitForAnswer({ client, clock, visit, signal }, pending, forMs).catch(
      (error: unknown) => {
        if (!signal.aborted) tell(statusAfter(error))
        throw error
      },
    )
    if (answer === 'later') return sendAgain(await client.sealApproval(pending))
    signal.throwIfAborted()
    tell('approved')
    // Core uses the approval up here, for this very call. It is stored nowhere.
    return send(request, answer)
  }

  return { verify: (state) => readState(client, state), call }
}

/** Tells when the wait of a request is over, and why: the approver's place depends on it. */
async function during(
  { ctx }: ToolRequest,
  visit: Visit,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await work()
    signalOf(ctx).throwIfAborted()
    if (isInputRequiredResult(answer)) visit.handOut()
    return answer
  } catch (error) {
    if (signalOf(ctx).aborted) visit.abandon({ mayReturn: hasLostConnection(ctx) })
    throw error
  } finally {
    visit.end()
  }
}

/** A question is known by the call and by its expiry, so that no other question can be meant. */
function keyOf(
  { tool }: ToolRequest,
  { digest }: RequiredApproval,
  { expiresAt }: { readonly expiresAt: string },
): string {
  return [tool.name, digest, expiresAt].join(' ')
}

/** Whether the user said that the call is not wanted any more. */
function isDeclined({ mcpReq }: ServerContext): boolean {
  const answer = inputResponse(mcpReq.inputResponses, 'approval')
  return answer.kind === 'elicit' && answer.action !== 'accept'
}

function send(
  { tool, input, context }: ToolRequest,
  approved?: Approval | string,
): Promise<ToolOutcome> {
  return tool.execute(input, { ...context, approved })
}
