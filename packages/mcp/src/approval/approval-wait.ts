import { ApprovalError, type AuthSecClient, type Clock } from '@authsec/core'
import { pause } from '../server/clock.ts'
import type { OpenQuestion } from './open-questions.ts'

const MOST_FAILURES_IN_A_ROW = 3

/**
 * Polls a question until there is a yes, its time is up, or the round is over. A no, and what cannot
 * pass, is thrown as `ApprovalError`; so is the signal's reason.
 */
export async function waitForAnswer(
  client: AuthSecClient,
  clock: Clock,
  question: OpenQuestion,
  signal: AbortSignal,
): Promise<'approved' | 'timeout' | 'later'> {
  const roundEndsAt = clock.monotonic() + question.roundMs
  for (;;) {
    const pollAt = Math.max(clock.monotonic(), question.nextPollAt)
    if (pollAt >= question.endsAt) return 'timeout'
    if (pollAt > roundEndsAt) {
      await pause(clock, roundEndsAt - clock.monotonic(), signal)
      return 'later'
    }
    await pause(clock, pollAt - clock.monotonic(), signal)
    if (await isApproved(client, question, signal)) return 'approved'
    question.nextPollAt = clock.monotonic() + question.pending.intervalSeconds * 1000
  }
}

async function isApproved(
  client: AuthSecClient,
  question: OpenQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const poll = await client.pollApproval(question.pending, { signal })
    question.failures = 0
    if (poll.status === 'approved') return true
    question.pending = poll.pending
  } catch (error) {
    signal.throwIfAborted()
    question.failures += 1
    const mayPass = ApprovalError.isInstance(error) && error.retryable
    if (!mayPass || question.failures >= MOST_FAILURES_IN_A_ROW) throw error
  }
  return false
}
