import { randomBytes } from 'node:crypto'
import type { ApprovalRule, ApprovalSubject, AuthSecClient, Clock } from '@authsec/core'
import type { ToolOutcome } from '@authsec/core/tool'
import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { signalOf } from '../server/call-signal.ts'
import type { PreparedOperation } from '../server/operation.ts'
import { reportProgress } from '../server/progress.ts'
import { failure } from '../server/tool-result.ts'
import { canonicalAction } from './approval-action.ts'
import { waitForAnswer } from './approval-wait.ts'
import { createOpenQuestions, type OpenQuestion } from './open-questions.ts'

/** What the client carries between two rounds: signed, readable, worthless without the question kept here. */
interface RoundState {
  id: string
  /** SHA-256 of the approved action, as in the approval itself. */
  digest: string
}

/** A call in one of its rounds. */
interface PlannedCall {
  readonly operation: PreparedOperation
  readonly input: unknown
  readonly ctx: ServerContext
  /** The call as canonical text, see `OpenQuestion`. */
  readonly action: string
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
    const planned: PlannedCall = { operation, input, ctx, action }
    const state = ctx.mcpReq.requestState<RoundState>()
    if (state !== undefined) return resume(planned, state)
    const rule = operation.options.approval
    if (!rule || (rule.when && !rule.when(plan.subject))) return send(planned)
    // Core refuses a call without permission before it asks anybody; so it shall say it itself.
    if (await lacksPermission(planned)) {
      return operation.asking.execute(input, { signal: signalOf(ctx) })
    }
    return ask(planned, rule, plan.subject)
  }

  async function ask(
    call: PlannedCall,
    { approver, message, timeoutMs = 120_000 }: ApprovalRule,
    { method, route, values }: ApprovalSubject,
  ): Promise<ToolOutcome | InputRequiredResult> {
    const { ctx, action } = call
    if (questions.areFull()) {
      const sentence = 'Too many approvals are open, so nobody was asked.'
      return failure(client, 'approval_rate_limited', sentence, true)
    }
    const pending = await client.startApproval({
      approver,
      message,
      values: { ...values, method, route },
      action: JSON.parse(action),
      signal: signalOf(ctx),
    })
    const now = clock.monotonic()
    const validMs = Math.min(timeoutMs, Date.parse(pending.expiresAt) - clock.now())
    const question: OpenQuestion = {
      pending,
      action,
      endsAt: now + validMs,
      roundMs: Math.max(roundMs, validMs / MOST_ROUNDS),
      nextPollAt: now + pending.intervalSeconds * 1000,
      failures: 0,
    }
    return canElicit(ctx) ? nextRound(question, ctx, true) : waitOneRound(call, question)
  }

  async function resume(
    call: PlannedCall,
    { id, digest }: RoundState,
  ): Promise<ToolOutcome | InputRequiredResult> {
    const question = questions.take(id)
    if (!question) return refused('approval_expired', 'This approval was used or has run out')
    if (question.action !== call.action || question.pending.digest !== digest) {
      return refused('approval_mismatch', 'The call is not the one that was put to the approver')
    }
    const answer = inputResponse(call.ctx.mcpReq.inputResponses, 'approval')
    if (answer.kind === 'elicit' && answer.action !== 'accept') {
      return refused('approval_cancelled', 'The wait for the approval was given up')
    }
    return waitOneRound(call, question)
  }

  async function waitOneRound(
    call: PlannedCall,
    question: OpenQuestion,
  ): Promise<ToolOutcome | InputRequiredResult> {
    const { ctx } = call
    const { code } = question.pending
    const signal = signalOf(ctx)
    const stop = reportProgress(ctx, clock, `Waiting for a person to approve this call (${code}).`)
    const answer = await waitForAnswer(client, clock, question, signal).finally(stop)
    if (answer === 'later') return nextRound(question, ctx, false)
    if (answer === 'timeout') return refused('approval_timeout', 'Nobody approved the call in time')
    signal.throwIfAborted()
    // The yes is used up here, for this very call: it is stored nowhere.
    return send(call)
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

  async function lacksPermission({ operation, ctx }: PlannedCall): Promise<boolean> {
    const { permission, scope = [] } = operation.options
    const token = await client.getDelegationToken({ signal: signalOf(ctx) })
    return [permission ?? scope].flat().some((name) => !token.permissions.includes(name))
  }

  function refused(code: string, why: string): ToolOutcome {
    return failure(client, code, `${why}; nothing was sent.`)
  }

  return { verify: codec.verify, call }
}

/** Sends the call without asking anybody. */
function send({ operation, input, ctx }: PlannedCall): Promise<ToolOutcome> {
  return operation.approved.execute(input, { signal: signalOf(ctx) })
}

function canElicit(ctx: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = { ...ctx.mcpReq.envelope }
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY]
  return typeof capabilities === 'object' && capabilities !== null && 'elicitation' in capabilities
}
