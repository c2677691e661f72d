import {
  PendingQuestion,
  type QuestionFacts,
  type QuestionSubject,
} from '../approvers/pending-question.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { ClientConfig } from '../config/config.ts'
import type { ApprovalError } from '../errors.ts'
import type { ApprovalDetails } from '../events.ts'
import { isCallId } from '../identity/call-id.ts'
import type { PendingApproval } from '../pending.ts'
import type { Answers } from './answers.ts'
import type { AskOptions } from './approval.ts'
import { pendingError } from './approval-view.ts'
import { type Approval, ApprovedRequest } from './approved-request.ts'
import type { Asking } from './asking.ts'
import type { Claims } from './claims.ts'

/** What a call brings that was approved or asked about before: an approval, a question, or the sealed form of either. */
export type Approved = Approval | PendingApproval | string

/** How a call follows its approval. */
export interface UseWatch {
  /** Told the ID of the call for which the person was asked: both are one call. */
  readonly joined: (callId: string) => void
  /** Awaited before the approval is used up. What it throws ends the call, and the approval can still be used. */
  readonly beforeUse: (approval: ApprovalDetails | undefined) => void | Promise<void>
}

/** The call that an approval must be for. */
interface ExpectedCall {
  readonly digest: string
  readonly subject: QuestionSubject
  readonly signal: AbortSignal | undefined
  readonly watch?: UseWatch | undefined
}

/** An old approval is forgotten, and with it that it was used. */
export function tooOld(): ApprovalError {
  const message = 'The approval was collected more than 15 minutes ago, so nothing was done.'
  return approvalError('approval_expired', { message })
}

/** Turns an approval into the right to send one call. Each method throws `ApprovalError` when there is none. */
export interface Redemption {
  /** Uses up what the call brings. Throws `approval_pending` while nobody has answered. */
  redeem(given: Approved, call: ExpectedCall): Promise<void>
  /** Asks without waiting, or carries on the question that was asked about the same call. Throws `approval_pending` while nobody has answered. */
  suspend(question: AskOptions, call: ExpectedCall): Promise<void>
}

export interface RedemptionParts {
  readonly asking: Asking
  readonly answers: Answers
  readonly claims: Claims
  readonly opened: (given: unknown) => Promise<PendingQuestion | ApprovedRequest>
}

export function createRedemption(
  { clock, showApprover }: Pick<ClientConfig, 'clock' | 'showApprover'>,
  { asking, answers, claims, opened }: RedemptionParts,
): Redemption {
  async function carryOn(question: PendingQuestion, call: ExpectedCall): Promise<void> {
    join(PendingQuestion.factsOf(question), call)
    const answer = await answers.poll(question, call.signal)
    if (answer.status === 'pending') throw pendingError(answer.pending, showApprover)
    await useUp(answer.approval, call)
  }

  async function useUp(approval: unknown, call: ExpectedCall): Promise<void> {
    const facts = ApprovedRequest.factsOf(approval, claims)
    if (!facts) throw approvalError('approval_used')
    assertSame(facts, call)
    if (ApprovedRequest.usableUntil(approval, clock) === undefined) throw tooOld()
    join(facts, call)
    await call.watch?.beforeUse(ApprovedRequest.detailsOf(approval))
    await claims.claim(facts)
  }

  return {
    async redeem(given, call) {
      const isQuestion = typeof given === 'string' || given instanceof PendingQuestion
      const question = isQuestion ? await opened(given) : given
      if (!(question instanceof PendingQuestion)) return useUp(question, call)
      const facts = PendingQuestion.factsOf(question)
      if (facts) assertSame(facts, call)
      return carryOn(question, call)
    },
    async suspend(question, call) {
      const { pending, isNew } = await asking.ask({ ...question, reuse: true })
      // The Agent Action Guard approves some actions at once.
      const mayBeAnswered = !isNew || pending.intervalSeconds === 0
      if (!mayBeAnswered) throw pendingError(pending, showApprover)
      return carryOn(pending, call)
    },
  }
}

/** From here on, events name both by the ID of the call that asked. */
function join(asked: QuestionFacts | undefined, { watch }: ExpectedCall): void {
  const callId = asked?.subject.callId
  if (watch && isCallId(callId)) watch.joined(callId)
}

/** The same request, by the same tool, for the same user: anything else was not approved. */
export function assertSame(
  asked: { digest: string; subject: QuestionSubject },
  { digest, subject }: Pick<ExpectedCall, 'digest' | 'subject'>,
): void {
  const isSame =
    asked.digest === digest &&
    asked.subject.tool === subject.tool &&
    asked.subject.user === subject.user
  if (!isSame) throw approvalError('approval_mismatch')
}
