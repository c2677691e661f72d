import { type Approval, ApprovalError, type AuthSecClient, type Clock } from '@authsec/core'
import { delay } from '@authsec/core/adapter'
import type { OpenQuestion } from './open-questions.ts'

const MAX_FAILURES_IN_A_ROW = 3

/**
 * Polls a question until it is approved (the approval), until its time is up (`timeout`), or until
 * this request has waited for `maxWaitMs` (`later`). Throws `ApprovalError` for a denial and for a
 * failure that does not pass, and the signal's reason.
 */
export async function waitForAnswer(
  client: AuthSecClient,
  clock: Clock,
  question: OpenQuestion,
  signal: AbortSignal,
): Promise<Approval | 'timeout' | 'later'> {
  const waitEndsAt = clock.monotonic() + question.maxWaitMs
  for (;;) {
    const pollAt = Math.max(clock.monotonic(), question.nextPollAt)
    if (pollAt >= question.endsAt) return 'timeout'
    if (pollAt > waitEndsAt) {
      await delay(clock, waitEndsAt - clock.monotonic(), { signal })
      return 'later'
    }
    await delay(clock, pollAt - clock.monotonic(), { signal })
    const approval = await poll(client, question, signal)
    if (approval) return approval
    question.nextPollAt = clock.monotonic() + question.pending.intervalSeconds * 1000
  }
}

async function poll(
  client: AuthSecClient,
  question: OpenQuestion,
  signal: AbortSignal,
): Promise<Approval | undefined> {
  try {
    const answer = await client.pollApproval(question.pending, { signal })
    question.failures = 0
    if (answer.status === 'approved') return answer.approval
    question.pending = answer.pending
  } catch (error) {
    signal.throwIfAborted()
    question.failures += 1
    const mayPass = ApprovalError.isInstance(error) && error.retryable
    if (!mayPass || question.failures >= MAX_FAILURES_IN_A_ROW) throw error
  }
  return undefined
}
