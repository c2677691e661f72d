import type { EndQuestion } from '../approvers/approver-limits.ts'
import { PendingQuestion } from '../approvers/pending-question.ts'
import { questionDetails } from '../approvers/question-details.ts'
import type { Asked, ServerRecord } from '../approvers/server-record.ts'
import type { Channels } from '../channels/channels.ts'
import type { ClientConfig } from '../config/config.ts'
import type { ApprovalOutcome, Emit } from '../events.ts'
import type { ApprovalStatus } from '../pending.ts'
import type { AskOptions } from './approval.ts'
import { approvalView } from './approval-view.ts'
import { prepareQuestion, questionKey } from './prepared-question.ts'
import type { SharedQuestions } from './shared-questions.ts'
import { createStarting } from './start-question.ts'

export interface Asking {
  /** Sends the question when it is its turn, or finds the one that is open. */
  ask(question: AskOptions): Promise<Asked>
  /** Ends a question: the approver may be asked again, and the outcome is reported, once. Resolves when other processes do not find it any more. A question of another process has no start time here. */
  settle(pending: PendingQuestion, outcome: ApprovalOutcome): Promise<void>
  /** Whether nobody has ended the question in this process. */
  isOpen(pending: PendingQuestion): boolean
}

/** A question that is carried on again and again has a listener for each time. */
const MOST_LISTENERS = 100

export function createAsking(
  config: ClientConfig,
  channels: Channels,
  record: ServerRecord,
  shared: SharedQuestions,
  emit: Emit,
): Asking {
  const { clock, showApprover } = config
  const { questions } = record
  const starting = createStarting(config, channels, record, shared, emit)

  /** Tells the caller where its question stands, now and at each change. */
  function listen(pending: PendingQuestion, onApproval: AskOptions['onApproval']): void {
    if (!onApproval) return
    const tell = async (status: ApprovalStatus): Promise<void> => {
      try {
        await onApproval(approvalView(pending, status, showApprover))
      } catch {
        // A broken interface must not change the call that it shows.
      }
    }
    const listeners = questions.find(pending.authReqId)?.listeners
    listeners?.push(tell)
    if (listeners && listeners.length > MOST_LISTENERS) listeners.shift()
    void tell('pending')
  }

  return {
    async ask(question) {
      const { signal, reuse, onApproval } = question
      const prepared = prepareQuestion(config, question)
      signal?.throwIfAborted()
      // A copy: it is sent later, and the caller may change it meanwhile.
      const next = { ...question, prepared, key: questionKey(prepared, question) }
      const asked = await (reuse ? starting.sendOnce(next) : starting.send(next))
      listen(asked.pending, onApproval)
      return asked
    },

    async settle(pending, outcome) {
      const { authReqId } = pending
      const question = questions.find(authReqId)
      if (question && question.state !== 'open') return
      const durationMs = question ? clock.monotonic() - question.startedAt : 0
      if (question) {
        question.state = outcome === 'cancelled' ? 'cancelled' : 'settled'
        question.end(endOf(outcome))
        for (const tell of question.listeners) void tell(statusAfter(outcome))
      }
      const facts = PendingQuestion.factsOf(pending)
      const details = question?.details ?? questionDetails(pending, facts?.subject)
      const decidedAt = new Date(clock.now())
      emit({ type: 'approval.settled', ...details, outcome, decidedAt, durationMs })
      if (facts) await shared.drop(questionKey(facts, facts.subject), pending)
    },

    isOpen: ({ authReqId }) => (questions.find(authReqId)?.state ?? 'open') === 'open',
  }
}

/** What an outcome means for the limits of the approver. */
function endOf(outcome: ApprovalOutcome): Parameters<EndQuestion>[0] {
  if (outcome === 'approved') return 'approved'
  return outcome === 'approval_denied' ? 'denied' : 'other'
}

/** What an outcome means for an interface. */
function statusAfter(outcome: ApprovalOutcome): ApprovalStatus {
  if (outcome === 'approved' || outcome === 'cancelled') return outcome
  if (outcome === 'approval_denied') return 'denied'
  return outcome === 'approval_expired' || outcome === 'approval_timeout' ? 'expired' : 'failed'
}
