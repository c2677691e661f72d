import type { ClientConfig } from '../config/config.ts'
import { ApprovalError } from '../errors.ts'
import type { ApprovalOutcome, OnEvent } from '../events.ts'
import { digestOf, shortCode } from '../support/canonical-json.ts'
import { invalidOption } from '../support/option-checks.ts'
import { NotPlainJsonError } from '../support/plain-json.ts'
import {
  type Approval,
  type ApprovalPoll,
  type ApprovalQuestion,
  ApprovedRequest,
  assertQuestion,
  type PendingApproval,
} from './approval.ts'
import { approvalError } from './approval-errors.ts'
import { createApproverLimits } from './approver-limits.ts'
import { bindingMessage } from './binding-message.ts'
import type { CibaApi } from './ciba-api.ts'
import { errorOf, nextInterval, waitForApproval } from './wait-for-approval.ts'

/** A question as it is sent to the approver. */
interface PreparedQuestion {
  readonly approver: string
  readonly message: string
  readonly digest: string
  readonly code: string
}

export interface Approvals {
  /** Prepares a question without sending it. Pure. */
  prepare(question: ApprovalQuestion): PreparedQuestion
  start(question: ApprovalQuestion): Promise<PendingApproval>
  poll(
    pending: PendingApproval,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<ApprovalPoll>
  request(question: ApprovalQuestion & { timeoutMs?: number | undefined }): Promise<Approval>
  /** Uses up an approval that was returned here, for the action with this digest. Throws when it was used before. */
  use(approval: Approval, digest: string): void
}

interface OpenQuestion {
  approver: string
  startedAt: number
}

const MOST_QUESTIONS = 1_000
/** The server's lifetime of a question (contract 3.6), and the time that sending it takes. */
const QUESTION_MS = 335_000

/** Asks a person, once, and waits for the answer within bounds. Anything but an approval throws. */
export function createApprovals(config: ClientConfig, api: CibaApi, emit: OnEvent): Approvals {
  const { clock } = config
  const limits = createApproverLimits(clock)
  /** The questions of this client that have no answer yet. */
  const open = new Map<string, OpenQuestion>()
  /** Approvals that were returned and have not been used: each works once. */
  const unused = new WeakSet<Approval>()

  function prepare(question: ApprovalQuestion): PreparedQuestion {
    assertQuestion(question)
    const { message, values = {} } = question
    const approver = approverOf(question)
    const digest = digestFor(question, { approver, clientId: config.clientId })
    const code = shortCode(digest)
    return { approver, digest, code, message: bindingMessage(message, values, code) }
  }

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
    const { approver, digest, code, message: text } = prepare(question)
    const { signal } = question
    limits.begin(approver, QUESTION_MS)
    try {
      const { expiresInSeconds, ...started } = await api.start(
        { approver, bindingMessage: text },
        signal,
      )
      const expiresAt = new Date(clock.now() + expiresInSeconds * 1000)
      remember(started.authReqId, { approver, startedAt: clock.monotonic() })
      emit({ type: 'approval.started', code, expiresAt })
      return {
        ...started,
        approver,
        digest,
        code,
        bindingMessage: text,
        expiresAt: expiresAt.toISOString(),
      }
    } catch (error) {
      limits.end(approver, 'other')
      throw error
    }
  }

  function remember(authReqId: string, question: OpenQuestion): void {
    open.set(authReqId, question)
    const [oldest] = open.keys()
    if (open.size > MOST_QUESTIONS && oldest !== undefined) open.delete(oldest)
  }

  /** Ends a question: the approver may be asked again, and the outcome is reported. A question of another process has no start time here. */
  function settle({ authReqId, code }: PendingApproval, outcome: ApprovalOutcome): void {
    const question = open.get(authReqId)
    open.delete(authReqId)
    if (question) limits.end(question.approver, outcome === 'approval_denied' ? 'denied' : 'other')
    const durationMs = question ? clock.monotonic() - question.startedAt : 0
    emit({ type: 'approval.settled', code, outcome, durationMs })
  }

  async function poll(
    pending: PendingApproval,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<ApprovalPoll> {
    const state = await api.poll(pending, signal)
    if (state.state === 'pending') {
      const intervalSeconds = nextInterval(pending.intervalSeconds, state, clock)
      return { status: 'pending', pending: { ...pending, intervalSeconds } }
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

  function approverOf({ approver }: ApprovalQuestion): string {
    const chosen = approver ?? config.ciba.loginHint
    if (chosen === undefined || chosen.trim() === '') throw approvalError('approval_required')
    return chosen.trim()
  }

  return { prepare, start, poll, request, use }
}

/** What an approval is bound to: the action, who decides and who asks. */
function digestFor(question: ApprovalQuestion, parties: Readonly<Record<string, string>>): string {
  const { message, values = {} } = question
  const isNamed = question.action !== undefined && question.action !== null
  const action = isNamed ? question.action : { message, values }
  try {
    return digestOf({ ...parties, action })
  } catch (error) {
    if (!(error instanceof NotPlainJsonError)) throw error
    throw invalidOption(
      `\`${isNamed ? 'action' : 'values'}\` of the approval question`,
      `must be plain JSON: ${error.message}`,
      'Pass texts, finite numbers, booleans, null, and lists and plain objects of these; write a date as a text.',
    )
  }
}
