import type { ClientConfig } from '../config/config.ts'
import { ApprovalError } from '../errors.ts'
import type { ApprovalOutcome, OnEvent } from '../events.ts'
import { withLimits } from '../options/approval-limits.ts'
import {
  type Approval,
  type ApprovalPoll,
  type ApprovalQuestion,
  ApprovedRequest,
  type PendingApproval,
} from './approval.ts'
import { approvalError } from './approval-errors.ts'
import type { EndQuestion } from './approver-limits.ts'
import type { CibaApi } from './ciba-api.ts'
import { type PreparedQuestion, prepareQuestion } from './prepared-question.ts'
import type { ServerRecord } from './server-record.ts'
import { errorOf, nextInterval, waitForApproval } from './wait-for-approval.ts'

export interface Approvals {
  /** Prepares a question without sending it. Pure. */
  prepare(question: ApprovalQuestion): PreparedQuestion
  start(question: ApprovalQuestion): Promise<PendingApproval>
  poll(
    pending: PendingApproval,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<ApprovalPoll>
  /** Gives up a question that has no answer. Its approver may be asked something else. */
  cancel(pending: PendingApproval): void
  request(question: ApprovalQuestion & { timeoutMs?: number | undefined }): Promise<Approval>
  /** Uses up an approval that was returned here, for the action with this digest. Throws when it was used before. */
  use(approval: Approval, digest: string): void
}

/** The server's lifetime of a question (contract 3.6), and the time that sending it takes. */
const QUESTION_MS = 335_000

/** Asks a person, once, and waits for the answer within bounds. Anything but an approval throws. */
export function createApprovals(
  config: ClientConfig,
  api: CibaApi,
  { limits, questions }: ServerRecord,
  emit: OnEvent,
): Approvals {
  const { clock } = config
  /** Approvals that were returned and have not been used: each works once. */
  const unused = new WeakSet<Approval>()

  const prepare = (question: ApprovalQuestion): PreparedQuestion =>
    prepareQuestion(config, question)

  function use(approval: Approval, digest: string): void {
    if (approval.digest !== digest) throw approvalError('approval_mismatch')
    if (!unused.delete(approval)) throw approvalError('approval_used')
  }

  function approved(pending: PendingApproval, accessToken: string): Approval {
    const approval = new ApprovedRequest(pending, accessToken)
    unused.add(approval)
    return approval
  }

  async function start(question: ApprovalQuestion): Promise<PendingApproval> {
    const { approver, digest, code, scopes, message: text } = prepare(question)
    const { signal } = question
    const end = await limits.begin({
      approver,
      openMs: QUESTION_MS,
      limits: withLimits(question.limits, config.approvals),
      signal,
    })
    try {
      const { expiresInSeconds, ...started } = await api.start(
        { approver, bindingMessage: text, scopes },
        signal,
      )
      const expiresAt = new Date(clock.now() + expiresInSeconds * 1000)
      const asked = { approver, digest, code, bindingMessage: text }
      const pending = Object.freeze({ ...started, ...asked, expiresAt: expiresAt.toISOString() })
      questions.add({ pending, startedAt: clock.monotonic(), end, state: 'open' })
      emit({ type: 'approval.started', code, expiresAt })
      return pending
    } catch (error) {
      end('other')
      throw error
    }
  }

  /** Ends a question: the approver may be asked again, and the outcome is reported. A question of another process has no start time here. */
  function settle({ authReqId, code }: PendingApproval, outcome: ApprovalOutcome): void {
    const question = questions.find(authReqId)
    let durationMs = 0
    if (question?.state === 'open') {
      question.state = outcome === 'cancelled' ? 'cancelled' : 'settled'
      question.end(endOf(outcome))
      durationMs = clock.monotonic() - question.startedAt
    }
    emit({ type: 'approval.settled', code, outcome, durationMs })
  }

  function cancel(given: PendingApproval): void {
    const pending = questions.genuine(given)
    if (questions.find(pending.authReqId)?.state === 'open') settle(pending, 'cancelled')
  }

  /** An answer to a question that was given up is collected for nobody. */
  function assertWanted({ authReqId }: PendingApproval): void {
    const state = questions.find(authReqId)?.state
    if (state === 'cancelled') throw approvalError('approval_cancelled')
  }

  async function poll(
    given: PendingApproval,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<ApprovalPoll> {
    const pending = questions.genuine(given)
    assertWanted(pending)
    const state = await api.poll(pending, signal)
    assertWanted(pending)
    if (state.state === 'pending') {
      const intervalSeconds = nextInterval(pending.intervalSeconds, state)
      return { status: 'pending', pending: Object.freeze({ ...pending, intervalSeconds }) }
    }
    if (state.state === 'approved') {
      settle(pending, 'approved')
      return { status: 'approved', approval: approved(pending, state.accessToken) }
    }
    const error = errorOf(state)
    // Without an answer the question stays open, and may be polled again.
    if (state.state !== 'no_answer') settle(pending, error.code)
    throw error
  }

  async function request(
    question: ApprovalQuestion & { timeoutMs?: number | undefined },
  ): Promise<Approval> {
    const pending = await start(question)
    let outcome: ApprovalOutcome = 'cancelled'
    try {
      const { timeoutMs = 120_000, signal } = question
      const token = await waitForApproval(api, pending, { clock, timeoutMs, signal })
      outcome = 'approved'
      return approved(pending, token)
    } catch (error) {
      if (ApprovalError.isInstance(error)) outcome = error.code
      throw error
    } finally {
      settle(pending, outcome)
    }
  }

  return { prepare, start, poll, cancel, request, use }
}

/** What an outcome means for the limits of the approver. */
function endOf(outcome: ApprovalOutcome): Parameters<EndQuestion>[0] {
  if (outcome === 'approved') return 'approved'
  return outcome === 'approval_denied' ? 'denied' : 'other'
}
