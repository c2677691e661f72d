import type { QuestionFacts } from '../approvers/pending-question.ts'
import type { ServerRecord, SharedPoll } from '../approvers/server-record.ts'
import type { Channel, PollState } from '../channels/channel.ts'

/**
 * Polls with one request at a time for each question, whoever asks: polls of the server are not atomic, and one
 * that is lost may have been the one with the approval (contract 3.6 and 9). The request ends when nobody waits for it.
 */
export function createPollOnce(
  channels: Pick<Channel, 'poll'>,
  { polls }: Pick<ServerRecord, 'polls'>,
): (facts: QuestionFacts, signal: AbortSignal | undefined) => Promise<PollState> {
  function start(facts: QuestionFacts): SharedPoll {
    const controller = new AbortController()
    const answer = channels.poll(facts, controller.signal).finally(() => {
      polls.delete(facts.authReqId)
    })
    answer.catch(() => undefined)
    const shared: SharedPoll = { answer, controller, waiting: 0 }
    polls.set(facts.authReqId, shared)
    return shared
  }

  return async function pollOnce(facts, signal) {
    signal?.throwIfAborted()
    const shared = polls.get(facts.authReqId) ?? start(facts)
    shared.waiting += 1
    const gone = Promise.withResolvers<never>()
    const onAbort = (): void => gone.reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([shared.answer, gone.promise])
    } finally {
      signal?.removeEventListener('abort', onAbort)
      shared.waiting -= 1
      if (shared.waiting === 0) shared.controller.abort()
    }
  }
}
