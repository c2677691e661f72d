import { randomBytes } from 'node:crypto'
import {
  type ApprovalRule,
  type ApprovalSubject,
  type AuthSecClient,
  AuthSecError,
  type Clock,
} from '@authsec/core'
import type { ToolOutcome } from '@authsec/core/tool'
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { canonicalAction } from './approval-action.ts'
import { waitForAnswer } from './approval-wait.ts'
import { signalOf } from './call-signal.ts'
import { createOpenQuestions, type OpenQuestion } from './open-questions.ts'
import type { PreparedOperation } from './operation.ts'
import { reportProgress } from './progress.ts'
import { failure, failureOf } from './tool-result.ts'

/** What the client carries between two rounds: signed, readable, worthless without the question kept here. */
interface RoundState {
  id: string
  /** SHA-256 of the approved action, as in the approval itself. */
  digest: string
}

export interface ApprovalRounds {
  /** Lets in only states that this process signed for this caller, not older than ten minutes. */
  verify(state: string, ctx: ServerContext): Promise<unknown>
  /** A call that a person may have to approve: an outcome, or the wish to be called again. */
  call(
    operation: PreparedOperation,
    input: unknown,
    ctx: ServerContext,
  ): Promise<ToolOutcome | InputRequiredResult>
}

/** The official clients come again ten times at most; a few are left for retries of theirs. */
const MOST_ROUNDS = 8

/**
 * Approval for clients that can be told to come again (2026-07-28): a person is asked once, through
 * AuthSec; each round waits for at most `roundMs`, so that no request outlives a client's patience;
 * and the call is sent in the round that collects the yes, so never for a client that has gone. What
 * the client answers is never an approval.
 */
export function createApprovalRounds(
  client: AuthSecClient,
  { clock, roundMs }: { clock: Clock; roundMs: number },
): ApprovalRounds {
  const questions = createOpenQuestions(clock)
  const codec = createRequestStateCodec<RoundState>({
    key: randomBytes(32),
    ttlSeconds: 600,
    bind: (ctx) => `${ctx.mcpReq.method}\0${ctx.http?.authInfo?.clientId ?? ''}`,
  })

  const call: ApprovalRounds['call'] = async (operation, input, ctx) => {
    const plan = await operation.plan(input)
    if (plan.refusal) return plan.refusal
    const action = canonicalAction(operation.options.name, plan.subject)
    const state = ctx.mcpReq.requestState<RoundState>()
    if (state !== undefined) return resume(operation, input, ctx, { state, action })
    const rule = operation.options.approval
    if (!rule || (rule.when && !rule.when(plan.subject))) {
      return operation.approved.execute(input, { signal: signalOf(ctx) })
    }
    // Core refuses a call without permission before it asks anybody; so it shall say it itself.
    if (await lacksPermission(operation, ctx)) {
      return operation.asking.execute(input, { signal: signalOf(ctx) })
    }
    return ask(operation, input, ctx, { action, rule, subject: plan.subject })
  }

  async function ask(
    operation: PreparedOperation,
    input: unknown,
    ctx: ServerContext,
    { action, rule, subject }: Asked,
  ): Promise<ToolOutcome | InputRequiredResult> {
    const timeoutMs = rule.timeoutMs ?? 120_000
    if (questions.areFull()) {
      return refused('approval_rate_limited', 'Too many approvals are open, so nobody was asked.')
    }
    const { method, route, values } = subject
    try {
      const pending = await client.startApproval({
        approver: rule.approver,
        message: rule.message,
        values: { ...values, method, route },
        action: JSON.parse(action),
        signal: signalOf(ctx),
      })
      const now = clock.monotonic()
      const validMs = Math.min(timeoutMs, Date.parse(pending.expiresAt) - clock.now())
      const nextPollAt = now + pending.intervalSeconds * 1000
      const question: OpenQuestion = {
        pending,
        action,
        endsAt: now + validMs,
        roundMs: Math.max(roundMs, validMs / MOST_ROUNDS),
        nextPollAt,
        failures: 0,
      }
      if (canElicit(ctx)) return await nextRound(question, ctx, true)
      return await waitOneRound(operation, input, ctx, question)
    } catch (error) {
      return settle(error, ctx)
    }
  }

  async function resume(
    operation: PreparedOperation,
    input: unknown,
    ctx: ServerContext,
    { state, action }: { state: RoundState; action: string },
  ): Promise<ToolOutcome | InputRequiredResult> {
    const question = questions.take(state.id)
    if (!question) {
      return refused('approval_expired', 'This approval was used or has run out; nothing was sent.')
    }
    if (question.action !== action || question.pending.digest !== state.digest) {
      return refused(
        'approval_mismatch',
        'The call is not the one that was put to the approver, so nothing was sent.',
      )
    }
    const answer = inputResponse(ctx.mcpReq.inputResponses, 'approval')
    if (answer.kind === 'elicit' && answer.action !== 'accept') {
      return refused(
        'approval_cancelled',
        'The wait for the approval was given up; nothing was sent.',
      )
    }
    try {
      return await waitOneRound(operation, input, ctx, question)
    } catch (error) {
      return settle(error, ctx)
    }
  }

  /** The yes is used up here, for this very call: it is stored nowhere. */
  async function waitOneRound(
    operation: PreparedOperation,
    input: unknown,
    ctx: ServerContext,
    question: OpenQuestion,
  ): Promise<ToolOutcome | InputRequiredResult> {
    const signal = signalOf(ctx)
    const { code } = question.pending
    const stop = reportProgress(ctx, clock, `Waiting for a person to approve this call (${code}).`)
    const answer = await waitForAnswer(client, clock, question, signal).finally(stop)
    if (answer === 'later') return nextRound(question, ctx, false)
    if (answer === 'timeout') {
      return refused('approval_timeout', 'Nobody approved the call in time; nothing was sent.')
    }
    signal.throwIfAborted()
    return operation.approved.execute(input, { signal })
  }

  async function nextRound(
    question: OpenQuestion,
    ctx: ServerContext,
    isFirst: boolean,
  ): Promise<InputRequiredResult> {
    const { code, digest } = question.pending
    const requestState = await codec.mint({ id: questions.keep(question), digest }, ctx)
    if (!isFirst) return inputRequired({ requestState })
    const message = `The approver was asked on their own device; the request there ends in ${code}. Continue to wait for their answer, or cancel the call.`
    const requestedSchema = { type: 'object' as const, properties: {} }
    const approval = inputRequired.elicit({ mode: 'form', message, requestedSchema })
    return inputRequired({ inputRequests: { approval }, requestState })
  }

  function settle(error: unknown, ctx: ServerContext): ToolOutcome {
    signalOf(ctx).throwIfAborted()
    if (!AuthSecError.isInstance(error)) throw error
    return failureOf(client, error)
  }

  async function lacksPermission(
    { options }: PreparedOperation,
    ctx: ServerContext,
  ): Promise<boolean> {
    const needed = options.permission ?? options.scope ?? []
    const token = await client.getDelegationToken({ signal: signalOf(ctx) })
    return [needed].flat().some((name) => !token.permissions.includes(name))
  }

  function refused(code: string, message: string): ToolOutcome {
    return failure(client, code, message, code === 'approval_rate_limited')
  }

  return { verify: codec.verify, call }
}

interface Asked {
  action: string
  rule: ApprovalRule
  subject: ApprovalSubject
}

function canElicit(ctx: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = { ...ctx.mcpReq.envelope }
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY]
  return typeof capabilities === 'object' && capabilities !== null && 'elicitation' in capabilities
}
