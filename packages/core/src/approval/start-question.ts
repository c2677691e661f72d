import type { EndQuestion } from '../approvers/approver-limits.ts'
import { PendingQuestion } from '../approvers/pending-question.ts'
import { questionDetails } from '../approvers/question-details.ts'
import type { Asked, ServerRecord } from '../approvers/server-record.ts'
import { joined, type SharedWork } from '../approvers/shared-work.ts'
import { questionQueueMs } from '../channels/channel-request.ts'
import type { Channels } from '../channels/channels.ts'
import type { ClientConfig } from '../config/config.ts'
import { ApprovalError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { newCallId } from '../identity/call-id.ts'
import { withLimits } from '../options/approval-limits.ts'
import { MAX_TIMER_MS } from '../support/clock.ts'
import type { AskOptions } from './approval.ts'
import type { PreparedQuestion } from './prepared-question.ts'
import type { SharedQuestions } from './shared-questions.ts'

/** A question that is to be asked. */
interface NewQuestion extends Readonly<AskOptions> {
  readonly prepared: PreparedQuestion
  /** Under which it is found again, see `questionKey`. */
  readonly key: string
}

export interface Starting {
  /** Sends a question when it is its approver's turn. */
  send(question: NewQuestion): Promise<Asked>
  /** Finds the open question of this key, in this process or in the store, or sends one. Whoever asks the same meanwhile gets the same. */
  sendOnce(question: NewQuestion): Promise<Asked>
}

/** The server's lifetime of a question (contract 3.6). */
const LIFETIME_MS = 300_000
/** The time that sending a question takes, without the wait for its turn. */
const SENDING_MS = 35_000

export function createStarting(
  config: ClientConfig,
  channels: Channels,
  { limits, questions, starts }: Pick<ServerRecord, 'limits' | 'questions' | 'starts'>,
  shared: SharedQuestions,
  emit: Emit,
): Starting {
  const { clock } = config

  function turnOf(question: NewQuestion, signal: AbortSignal | undefined): Promise<EndQuestion> {
    const { prepared, validMs = LIFETIME_MS } = question
    const { approver } = prepared
    const sendingMs = SENDING_MS + questionQueueMs(config)
    const openMs = sendingMs + Math.min(LIFETIME_MS, validMs)
    const applied = withLimits(question.limits, config.approvals)
    return limits.begin({ approver, openMs, limits: applied, signal })
  }

  async function sendNow(
    question: NewQuestion,
    end: EndQuestion,
    signal?: AbortSignal,
  ): Promise<PendingQuestion> {
    const { prepared, key, tool, toolCallId, thread, user, validMs = MAX_TIMER_MS } = question
    const { callId = newCallId() } = question
    try {
      const { approver, digest, code, scopes, channel, action, message: bindingMessage } = prepared
      const sent = { approver, bindingMessage, scopes, action }
      const { expiresInSeconds, ...started } = await channels.start(channel, sent, signal)
      const expiresAt = new Date(clock.now() + Math.min(expiresInSeconds * 1000, validMs))
      // A model's provider makes the call's ID, of any length. It identifies nothing.
      const shortId = toolCallId?.slice(0, 100).toWellFormed()
      const subject = Object.freeze({ tool, callId, toolCallId: shortId, thread, user })
      const askedAt = new Date(clock.now()).toISOString()
      const facts = { ...started, approver, digest, code, bindingMessage, subject, askedAt }
      const pending = new PendingQuestion({ ...facts, expiresAt: expiresAt.toISOString() })
      const startedAt = clock.monotonic()
      const details = questionDetails(pending, { ...question, callId })
      questions.add({ pending, details, key, startedAt, end, listeners: [], state: 'open' })
      emit({ type: 'approval.started', ...details, expiresAt })
      return pending
    } catch (error) {
      end('other')
      throw error
    }
  }

  /** What another process has asked. Its approver's limits are that process's business. */
  function adopted(pending: PendingQuestion): Asked {
    const startedAt = clock.monotonic()
    const isKnown = questions.find(pending.authReqId) !== undefined
    const end = (): void => undefined
    const details = questionDetails(pending, PendingQuestion.factsOf(pending)?.subject)
    if (!isKnown) questions.add({ pending, details, startedAt, end, listeners: [], state: 'open' })
    return { pending, isNew: false }
  }

  /** The reservation comes after the turn: it does not last as long as an approver's queue may. */
  async function findOrSend(
    question: NewQuestion,
    { signal, onSend }: { signal: AbortSignal; onSend: () => void },
  ): Promise<Asked> {
    const { key } = question
    const open = await shared.find(key)
    if (open) return adopted(open)
    const end = await turnOf(question, signal)
    let found: PendingQuestion | undefined
    try {
      found = await shared.findOrReserve(key, signal)
    } catch (error) {
      end('unasked')
      throw error
    }
    if (found) {
      end('unasked')
      return adopted(found)
    }
    onSend()
    // Who has asked must learn the question's ID, or its approver would be asked again.
    const pending = await sendNow(question, end).catch(async (error: unknown) => {
      if (!mayHaveBeenAsked(error)) await shared.release(key)
      throw error
    })
    await shared.save(key, pending)
    return { pending, isNew: true }
  }

  /** While it waits for its turn it ends with the last that wait for it; once it is sent, it is carried through. */
  function startOnce(question: NewQuestion): SharedWork<Asked> {
    const { key } = question
    const controller = new AbortController()
    let isSent = false
    const onSend = (): void => {
      isSent = true
    }
    const forget = (): void => {
      if (starts.get(key) === start) starts.delete(key)
    }
    const result = findOrSend(question, { signal: controller.signal, onSend }).then((asked) => {
      // Nobody waits for the answer, so it keeps nobody else waiting. A later call still finds it.
      if (start.waiting === 0) questions.find(asked.pending.authReqId)?.end('other')
      return asked
    })
    const start: SharedWork<Asked> = {
      result,
      waiting: 0,
      onAlone() {
        if (isSent) return
        forget()
        controller.abort()
      },
    }
    starts.set(key, start)
    result.then(forget, forget)
    return start
  }

  return {
    async send(question) {
      const { signal } = question
      const end = await turnOf(question, signal)
      return { pending: await sendNow(question, end, signal), isNew: true }
    },
    async sendOnce(question) {
      const { key, signal } = question
      const open = questions.findOpen(key)
      if (open) return { pending: open, isNew: false }
      const underWay = starts.get(key)
      const asked = await joined(underWay ?? startOnce(question), signal)
      return underWay ? { ...asked, isNew: false } : asked
    },
  }
}

/** Any other failure is certain: nobody was asked. */
function mayHaveBeenAsked(error: unknown): boolean {
  return !ApprovalError.isInstance(error) || error.code === 'approval_outcome_unknown'
}
