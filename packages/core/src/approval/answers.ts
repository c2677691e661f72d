import { PendingQuestion, type QuestionFacts } from '../approvers/pending-question.ts'
import type { ServerRecord } from '../approvers/server-record.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { PollState } from '../channels/channel.ts'
import type { Channels } from '../channels/channels.ts'
import type { ClientConfig } from '../config/config.ts'
import { ApprovalError } from '../errors.ts'
import { APPROVED_MS } from '../sealing/envelope.ts'
import type { ApprovalPoll } from './approval.ts'
import { type Approval, ApprovedRequest, freshFor } from './approved-request.ts'
import type { Asking } from './asking.ts'
import type { Claims } from './claims.ts'
import { createPollOnce } from './poll-once.ts'
import { errorOf, nextInterval, waitForApproval } from './wait-for-approval.ts'

export interface Answers {
  /** Asks AuthSec once. */
  poll(pending: PendingQuestion, signal?: AbortSignal | undefined): Promise<ApprovalPoll>
  /** Polls until there is an answer, at most `timeoutMs`. Who stops waiting does not end the question. */
  wait(
    pending: PendingQuestion,
    options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<Approval>
}

/** Collects the answers to questions. Anything but an approval throws. */
export function createAnswers(
  { clock }: Pick<ClientConfig, 'clock'>,
  channels: Channels,
  record: ServerRecord,
  { settle }: Pick<Asking, 'settle'>,
  claims: Claims,
): Answers {
  const pollOnce = createPollOnce(channels, record)

  /** An answer to a question that was given up is collected for nobody. */
  function assertWanted({ authReqId }: QuestionFacts): void {
    const state = record.questions.find(authReqId)?.state
    if (state === 'cancelled') throw approvalError('approval_cancelled')
  }

  async function poll(pending: PendingQuestion, signal?: AbortSignal): Promise<ApprovalPoll> {
    const facts = factsOf(pending)
    assertWanted(facts)
    const state = await pollOnce(facts, signal)
    assertWanted(facts)
    if (state.state === 'pending') {
      const intervalSeconds = nextInterval(facts.intervalSeconds, state)
      return { status: 'pending', pending: new PendingQuestion({ ...facts, intervalSeconds }) }
    }
    if (state.state === 'approved') {
      await settle(pending, 'approved')
      return { status: 'approved', approval: approved(facts, state.accessToken) }
    }
    // The server does not tell a question that has expired from one whose answer was collected.
    const isUsed = state.state === 'gone' && (await claims.isUsed(facts))
    const error = isUsed ? approvalError('approval_used') : errorOf(state)
    // Without an answer the question stays open, and may be polled again.
    if (state.state !== 'no_answer') await settle(pending, error.code)
    throw error
  }

  async function wait(
    pending: PendingQuestion,
    { timeoutMs = 120_000, signal }: Parameters<Answers['wait']>[1],
  ): Promise<Approval> {
    const facts = factsOf(pending)
    let isAnswered = false
    const poll = async (): Promise<PollState> => {
      assertWanted(facts)
      const state = await pollOnce(facts, signal)
      assertWanted(facts)
      isAnswered = state.state !== 'pending' && state.state !== 'no_answer'
      return state
    }
    try {
      const { wheel } = record
      const token = await waitForApproval(facts, { clock, wheel, poll, timeoutMs, signal })
      await settle(pending, 'approved')
      return approved(facts, token)
    } catch (error) {
      // Whoever stops waiting leaves the question to others; one whose time is up is over for all.
      const code = ApprovalError.isInstance(error) ? error.code : undefined
      const isOver = isAnswered || code === 'approval_expired'
      if (isOver && code) await settle(pending, code)
      throw error
    }
  }

  function approved(facts: QuestionFacts, token: string): ApprovedRequest {
    return new ApprovedRequest(facts, token, { owner: claims, ...freshFor(APPROVED_MS, clock) })
  }

  return { poll, wait }
}

/** Throws `pending_altered` for anything but a question of this process. */
export function factsOf(pending: unknown): QuestionFacts {
  const facts = PendingQuestion.factsOf(pending)
  if (!facts) throw approvalError('pending_altered')
  return facts
}
