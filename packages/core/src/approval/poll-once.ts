import type { QuestionFacts } from '../approvers/pending-question.ts'
import type { ServerRecord, SharedPoll } from '../approvers/server-record.ts'
import { joined } from '../approvers/shared-work.ts'
import type { Channel, PollState } from '../channels/channel.ts'

/** Approvals that came for nobody, of which most are asked for again. */
const MOST_KEPT = 10_000

/**
 * Polls with one request at a time for each question, whoever asks: polls of the server are not atomic, and one
 * that is lost may have been the one with the approval (contract 3.6 and 9). So no request is broken off, its answer
 * goes to everybody who waits for the question, and an approval that arrives when nobody waits is kept for who asks next.
 */
export function createPollOnce(
  channels: Pick<Channel, 'poll'>,
  { polls, wheel }: Pick<ServerRecord, 'polls' | 'wheel'>,
): (facts: QuestionFacts, signal: AbortSignal | undefined) => Promise<PollState> {
  function forget(id: string, poll: SharedPoll): void {
    if (polls.get(id) === poll) polls.delete(id)
  }

  function start(facts: QuestionFacts): SharedPoll {
    const { authReqId } = facts
    const poll: SharedPoll = { result: channels.poll(facts, undefined), waiting: 0 }
    polls.set(authReqId, poll)
    poll.result.then(
      (answer) => {
        const isTaken = wheel.wake(authReqId, answer)
        if (isTaken || answer.state !== 'approved') return forget(authReqId, poll)
        const [oldest] = polls.keys()
        if (polls.size > MOST_KEPT && oldest !== undefined) polls.delete(oldest)
      },
      () => forget(authReqId, poll),
    )
    return poll
  }

  return async function pollOnce(facts, signal) {
    signal?.throwIfAborted()
    const poll = polls.get(facts.authReqId) ?? start(facts)
    const state = await joined(poll, signal)
    forget(facts.authReqId, poll)
    return state
  }
}
