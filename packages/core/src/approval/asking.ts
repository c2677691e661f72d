import type { EndQuestion } from '../approvers/approver-limits.ts'
import { hasExpired } from '../approvers/asked-questions.ts'
import { PendingQuestion } from '../approvers/pending-question.ts'
import type { ServerRecord } from '../approvers/server-record.ts'
import type { Channels } from '../channels/channels.ts'
import type { ClientConfig } from '../config/config.ts'
import type { ApprovalOutcome, OnEvent } from '../events.ts'
import { withLimits } from '../options/approval-limits.ts'
import type { ApprovalStatus } from '../pending.ts'
import { MAX_TIMER_MS, waitFor } from '../support/clock.ts'
import type { AskOptions } from './approval.ts'
import { approvalView } from './approval-view.ts'
import { prepareQuestion, questionKey } from './prepared-question.ts'
import type { SharedQuestions } from './shared-questions.ts'

/** A question that was asked, now or before. */
export interface Asked {
  readonly pending: PendingQuestion
  readonly isNew: boolean
}

export interface Asking {
  /** Sends the question when it is its turn, or finds the one that is open. */
  ask(question: AskOptions): Promise<Asked>
  /** Ends a question: the approver may be asked again, and the outcome is reported. A question of another process has no start time here. */
  settle(pending: PendingQuestion, outcome: ApprovalOutcome): void
}

/** The server's lifetime of a question (contract 3.6). */
const LIFETIME_MS = 300_000
/** The time that sending a question takes. */
const SENDING_MS = 35_000

export function createAsking(
  config: ClientConfig,
  channels: Channels,
  { limits, questions, starts }: ServerRecord,
  shared: SharedQuestions,
  emit: OnEvent,
): Asking {
  const { clock } = config

  async function send(question: AskOptions, key: string): Promise<PendingQuestion> {
    const prepared = prepareQuestion(config, question)
    const { approver, digest, code, scopes, channel, action, message: bindingMessage } = prepared
    const { signal, tool, callId, thread, user, validMs = MAX_TIMER_MS } = question
    const end = await limits.begin({
      approver,
      openMs: SENDING_MS + Math.min(LIFETIME_MS, validMs),
      limits: withLimits(question.limits, config.approvals),
      signal,
    })
    try {
      const sent = { approver, bindingMessage, scopes, action }
      const { expiresInSeconds, ...started } = await channels.start(channel, sent, signal)
      const expiresAt = new Date(clock.now() + Math.min(expiresInSeconds * 1000, validMs))
      const subject = Object.freeze({ tool, callId, thread, user })
      const facts = { ...started, approver, digest, code, bindingMessage, subject }
      const pending = new PendingQuestion({ ...facts, expiresAt: expiresAt.toISOString() })
      const startedAt = clock.monotonic()
      questions.add({ pending, key, startedAt, end, listeners: [], state: 'open' })
      emit({ type: 'approval.started', code, expiresAt })
      return pending
    } catch (error) {
      end('other')
      throw error
    }
  }

  /** Tells the caller where its question stands, now and at each change. */
  function listen(pending: PendingQuestion, onApproval: AskOptions['onApproval']): void {
    if (!onApproval) return
    const tell = (status: ApprovalStatus): void => {
      try {
        onApproval(approvalView(pending, status, config.showApprover))
      } catch {
        // A broken interface must not change the call that it shows.
      }
    }
    questions.find(pending.authReqId)?.listeners.push(tell)
    tell('pending')
  }

  async function findOrSend(question: AskOptions, key: string): Promise<Asked> {
    const found = await shared.findOrReserve(key, question.signal)
    if (found && !hasExpired(found, clock)) return { pending: found, isNew: false }
    const pending = await send(question, key)
    await shared.save(key, pending)
    return { pending, isNew: true }
  }

  /** Whoever asks the same at the same time gets the same question. */
  async function askOnce(question: AskOptions, key: string): Promise<Asked> {
    for (;;) {
      const open = questions.findOpen(key)
      if (open) return { pending: open, isNew: false }
      const underWay = starts.get(key)
      if (!underWay) break
      // If it fails, or its caller gives up, this one asks.
      await waitFor(underWay, clock, MAX_TIMER_MS, question)
    }
    const start = findOrSend(question, key)
    const done = start.then(
      () => undefined,
      () => undefined,
    )
    starts.set(key, done)
    return start.finally(() => starts.delete(key))
  }

  return {
    async ask(question) {
      const key = questionKey(prepareQuestion(config, question), question)
      const asked = question.reuse
        ? await askOnce(question, key)
        : { pending: await send(question, key), isNew: true }
      listen(asked.pending, question.onApproval)
      return asked
    },

    settle(pending, outcome) {
      const { authReqId, code } = pending
      const question = questions.find(authReqId)
      let durationMs = 0
      if (question?.state === 'open') {
        question.state = outcome === 'cancelled' ? 'cancelled' : 'settled'
        question.end(endOf(outcome))
        durationMs = clock.monotonic() - question.startedAt
        for (const tell of question.listeners) tell(statusAfter(outcome))
      }
      const facts = PendingQuestion.factsOf(pending)
      if (facts) void shared.drop(questionKey(facts, facts.subject), pending)
      emit({ type: 'approval.settled', code, outcome, durationMs })
    },
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
