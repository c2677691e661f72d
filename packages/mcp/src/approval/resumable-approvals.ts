import type { Approval, AuthSecClient, Clock } from '@authsec/core'
import type { RequiredApproval } from '@authsec/core/adapter'
import type { AgentTool, ToolOutcome, ToolPlan } from '@authsec/core/tool'
import {
  type InputRequiredResult,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { signalOf } from '../server/call-signal.ts'
import { reportProgress } from '../server/progress.ts'
import { waitForAnswer } from './approval-wait.ts'
import { callError } from './call-errors.ts'
import {
  type CallState,
  canElicit,
  createStateCodec,
  sendAgain,
  showCode,
} from './input-required.ts'
import { createOpenQuestions, type OpenQuestion } from './open-questions.ts'

/** One request of a client for a tool that may require an approval. */
interface ToolRequest {
  readonly tool: AgentTool
  readonly input: unknown
  readonly ctx: ServerContext
}

type Answer = ToolOutcome | InputRequiredResult

export interface ResumableApprovals {
  /** Accepts only states that this process signed for this caller within the last ten minutes. */
  verify(state: string, ctx: ServerContext): Promise<unknown>
  /** The outcome of the call, or a request to send it again. Throws `AuthSecError`s. */
  call(request: ToolRequest): Promise<Answer>
}

/** For a rule that sets no `timeoutMs`, as in core. */
const DEFAULT_TIMEOUT_MS = 120_000
/** The official clients send a call ten times at most. Two of them are left for their retries. */
const MAX_WAITS = 8

/**
 * Approvals for clients that can send a request again (MCP 2026-07-28, `inputRequired`). AuthSec asks
 * the approver once (CIBA, contract 3). Each request of the client waits for at most `maxWaitMs`, so
 * that it ends before the client's own timeout. The request that collects the approval also sends the
 * call, so nothing is sent for a client that has gone. Nothing that the client answers is an approval.
 */
export function createResumableApprovals(
  client: AuthSecClient,
  { clock, maxWaitMs }: { clock: Clock; maxWaitMs: number },
): ResumableApprovals {
  // The approver's place is given back as soon as nobody waits for the answer.
  const giveUp = ({ pending }: OpenQuestion): void => client.cancelApproval(pending)
  const questions = createOpenQuestions(clock, giveUp)
  const codec = createStateCodec()

  async function call(request: ToolRequest): Promise<Answer> {
    const { tool, input, ctx } = request
    const plan = await tool.plan(input, { signal: signalOf(ctx) })
    if (plan.status === 'refused') return plan.outcome
    const state = ctx.mcpReq.requestState<CallState>()
    if (state !== undefined) return resume(request, plan, state)
    return plan.status === 'ready' ? send(request) : ask(request, plan.approval)
  }

  async function ask(request: ToolRequest, required: RequiredApproval): Promise<Answer> {
    if (questions.areFull()) throw callError('approval_rate_limited')
    const { tool, ctx } = request
    const { question: asked } = required
    // A turn that takes longer is one for the model to ask for again: this request of the client must end.
    const limits = {
      ...asked.limits,
      queueMs: Math.min(maxWaitMs, asked.limits?.queueMs ?? maxWaitMs),
    }
    const pending = await client.startApproval({ ...asked, limits, signal: signalOf(ctx) })
    const now = clock.monotonic()
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = required
    const validMs = Math.min(timeoutMs, Date.parse(pending.expiresAt) - clock.now())
    const question: OpenQuestion = {
      pending,
      tool: tool.name,
      endsAt: now + validMs,
      maxWaitMs: Math.max(maxWaitMs, validMs / MAX_WAITS),
      nextPollAt: now + pending.intervalSeconds * 1000,
      failures: 0,
    }
    return orGiveUp(question, async () => {
      if (!canElicit(ctx)) return wait(request, question)
      return showCode(pending.code, await stateOf(question, ctx))
    })
  }

  async function resume(request: ToolRequest, plan: ToolPlan, state: CallState): Promise<Answer> {
    const question = questions.take(state.id)
    if (!question) throw callError('approval_expired')
    return orGiveUp(question, () => {
      assertResumable(request, plan, state, question)
      return wait(request, question)
    })
  }

  function assertResumable(
    { tool, ctx }: ToolRequest,
    plan: ToolPlan,
    state: CallState,
    question: OpenQuestion,
  ): void {
    const digest = plan.status === 'needs_approval' ? plan.approval.digest : undefined
    const isSameCall = digest === question.pending.digest && tool.name === question.tool
    if (!isSameCall || state.digest !== digest) throw callError('approval_mismatch')
    const answer = inputResponse(ctx.mcpReq.inputResponses, 'approval')
    if (answer.kind === 'elicit' && answer.action !== 'accept') {
      throw callError('approval_cancelled')
    }
  }

  /** Gives the question up when the wait for it fails: the client has gone, the time is up, or the call is another one. */
  async function orGiveUp(question: OpenQuestion, resume: () => Promise<Answer>): Promise<Answer> {
    try {
      return await resume()
    } catch (error) {
      giveUp(question)
      throw error
    }
  }

  async function wait(request: ToolRequest, question: OpenQuestion): Promise<Answer> {
    const { ctx } = request
    const { code } = question.pending
    const signal = signalOf(ctx)
    const stop = reportProgress(ctx, clock, `Waiting for a person to approve this call (${code}).`)
    const answer = await waitForAnswer(client, clock, question, signal).finally(stop)
    if (answer === 'later') return sendAgain(await stateOf(question, ctx))
    if (answer === 'timeout') throw callError('approval_timeout')
    signal.throwIfAborted()
    // Core uses the approval up here, for this very call. It is stored nowhere.
    return send(request, answer)
  }

  function stateOf(question: OpenQuestion, ctx: ServerContext): Promise<string> {
    const { digest } = question.pending
    return codec.mint({ id: questions.keep(question), digest }, ctx)
  }

  return { verify: codec.verify, call }
}

function send({ tool, input, ctx }: ToolRequest, approved?: Approval): Promise<ToolOutcome> {
  return tool.execute(input, { signal: signalOf(ctx), approved })
}
