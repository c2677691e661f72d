import { PendingQuestion } from '../approvers/pending-question.ts'
import type { ServerRecord } from '../approvers/server-record.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { Channels } from '../channels/channels.ts'
import type { ClientConfig } from '../config/config.ts'
import { ApprovalError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { ApprovalView, PendingApproval } from '../pending.ts'
import { APPROVED_MS } from '../sealing/envelope.ts'
import { createSealing } from '../sealing/sealing.ts'
import { createAnswers, factsOf } from './answers.ts'
import type { ApprovalPoll, ApprovalQuestion, AskOptions } from './approval.ts'
import { approvalView } from './approval-view.ts'
import { type Approval, ApprovedRequest, freshFor } from './approved-request.ts'
import { createAsking } from './asking.ts'
import { createClaims } from './claims.ts'
import { type PreparedQuestion, prepareQuestion } from './prepared-question.ts'
import {
  type Approved,
  assertSame,
  createRedemption,
  type Redemption,
  tooOld,
} from './redemption.ts'
import { createSharedQuestions } from './shared-questions.ts'

/** A question that waits for its answer: of this process, or sealed. */
export type Unanswered = PendingApproval | string

export interface PollOptions {
  /** What the question must be about: otherwise its answer is not collected, and `approval_mismatch` is thrown. */
  readonly question?: ApprovalQuestion | undefined
  readonly signal?: AbortSignal | undefined
}

export interface WaitLimits {
  /** Longest wait, in milliseconds. Default: 120 000. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Approvals extends Redemption {
  /** Prepares a question without sending it. Pure. */
  prepare(question: ApprovalQuestion): PreparedQuestion
  start(question: AskOptions): Promise<PendingApproval>
  poll(pending: Unanswered, options?: PollOptions): Promise<ApprovalPoll>
  wait(pending: Unanswered, options?: WaitLimits): Promise<Approval>
  /** Gives up a question that has no answer. Its approver may be asked something else. */
  cancel(pending: PendingApproval): void
  cancel(sealed: string): Promise<void>
  request(question: ApprovalQuestion & { timeoutMs?: number | undefined }): Promise<Approval>
  /** Uses up what was approved before for the action of this question; without it, asks without waiting, or carries on the open question. */
  use(approved: Approved | undefined, question: ApprovalQuestion): Promise<void>
  seal(approval: PendingApproval | Approval): Promise<string>
  view(pending: Unanswered): Promise<ApprovalView>
  /** Ends the pause of whoever waits for this answer. */
  wake(authReqId: string): void
}

/** Asks a person, once, and collects the answer within bounds. Anything but an approval throws. */
export function createApprovals(
  config: ClientConfig,
  channels: Channels,
  record: ServerRecord,
  emit: Emit,
): Approvals {
  const { clock } = config
  const sealing = createSealing(config)
  const claims = createClaims(config, record)
  const shared = createSharedQuestions(config, sealing, emit)
  const asking = createAsking(config, channels, record, shared, emit)
  const answers = createAnswers(config, channels, record, asking, claims)

  /** The question of this process, or what a sealed text holds. */
  async function opened(given: unknown): Promise<PendingQuestion | ApprovedRequest> {
    if (typeof given !== 'string') {
      if (given instanceof PendingQuestion) return given
      throw approvalError('pending_altered')
    }
    const { facts, state, until = 0 } = await sealing.open(given)
    if (state === 'asked') return new PendingQuestion(facts)
    const freshness = freshFor(Math.min(until - clock.now(), APPROVED_MS), clock)
    return new ApprovedRequest(facts, '', { owner: claims, ...freshness, until })
  }

  async function poll(
    given: Unanswered,
    { question: expected, signal }: PollOptions = {},
  ): Promise<ApprovalPoll> {
    const question = await opened(given)
    const facts =
      question instanceof PendingQuestion
        ? PendingQuestion.factsOf(question)
        : ApprovedRequest.factsOf(question, claims)
    if (expected && facts) {
      assertSame(facts, { digest: prepareQuestion(config, expected).digest, subject: expected })
    }
    if (question instanceof PendingQuestion) return answers.poll(question, signal)
    return { status: 'approved', approval: question }
  }

  async function wait(given: Unanswered, options: WaitLimits = {}): Promise<Approval> {
    const question = await opened(given)
    return question instanceof PendingQuestion ? answers.wait(question, options) : question
  }

  function giveUp(pending: PendingApproval): void {
    const { authReqId } = factsOf(pending)
    const question = record.questions.find(authReqId)
    if (question?.state !== 'open') return
    void asking.settle(question.pending, 'cancelled')
    // Whoever waits for the answer in this process stops.
    record.wheel.wake(authReqId)
  }

  function cancel(pending: PendingApproval): void
  function cancel(sealed: string): Promise<void>
  function cancel(given: Unanswered): Promise<void> | void {
    if (typeof given !== 'string') return giveUp(given)
    return opened(given).then((question) => {
      if (question instanceof PendingQuestion) giveUp(question)
    })
  }

  const redemption = createRedemption(config, { asking, answers, claims, opened })

  return {
    ...redemption,
    prepare: (question) => prepareQuestion(config, question),
    start: async (question) => (await asking.ask(question)).pending,
    poll,
    wait,
    cancel,
    async request(question) {
      const { pending } = await asking.ask(question)
      try {
        return await answers.wait(pending, question)
      } catch (error) {
        // Nobody else waits for it: its approver may be asked something else.
        const outcome = ApprovalError.isInstance(error) ? error.code : 'cancelled'
        if (asking.isOpen(pending)) await asking.settle(pending, outcome)
        throw error
      }
    },
    async use(approved, question) {
      const { digest } = prepareQuestion(config, question)
      const { tool, user, signal } = question
      const action = { digest, subject: { tool, user }, signal }
      if (approved === undefined) return redemption.suspend(question, action)
      return redemption.redeem(approved, action)
    },
    async seal(approval) {
      const collected = ApprovedRequest.factsOf(approval, claims)
      if (collected) {
        const until = ApprovedRequest.usableUntil(approval, clock)
        if (until === undefined) throw tooOld()
        return sealing.seal({ facts: collected, state: 'approved', until })
      }
      return sealing.seal({ facts: factsOf(approval), state: 'asked' })
    },
    async view(given) {
      const question = await opened(given)
      const isOpen = question instanceof PendingQuestion
      const facts = isOpen ? question : ApprovedRequest.factsOf(question, claims)
      if (!facts) throw approvalError('pending_altered')
      return approvalView(facts, isOpen ? 'pending' : 'approved', config.showApprover)
    },
    wake(authReqId) {
      record.wheel.wake(authReqId)
    },
  }
}
