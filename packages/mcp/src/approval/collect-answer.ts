import {
  type Approval,
  ApprovalError,
  type AuthSecClient,
  type Clock,
  type PendingApproval,
} from '@authsec/core'
import { delay, pendingOf } from '@authsec/core/adapter'
import type { ToolOutcome } from '@authsec/core/tool'
import { callError } from './call-errors.ts'
import type { Visit } from './open-questions.ts'

const MAX_FAILURES = 3
const PAUSE_MS = 5_000
/** In the last moments of a question, its expiry and that of the server are the same. */
const NEARLY_MS = 2_000

interface Parts {
  readonly client: AuthSecClient
  readonly clock: Clock
  readonly visit: Visit
  readonly signal: AbortSignal
}

/**
 * Carries a call on once, by `send`, which compares the call with the question before it asks for the answer.
 * Returns the outcome, or the question that still waits. A request to AuthSec that got no answer is repeated.
 */
export async function carryOn(
  { clock, visit, signal }: Omit<Parts, 'client'>,
  send: () => Promise<ToolOutcome>,
): Promise<ToolOutcome | PendingApproval> {
  let lost: ToolOutcome | undefined
  for (let count = 1; ; count++) {
    const pauseMs = visit.nextPollAt() - clock.monotonic()
    if (pauseMs > 0) await delay(clock, pauseMs, { signal })
    const outcome = await send()
    visit.polled()
    const pending = pendingOf(outcome)
    if (pending) return pending
    const code = outcome.ok ? undefined : outcome.code
    // The answer that was lost may have been the approval, and the server gives it once (contract 3.6).
    if (code === 'approval_expired' && lost) return lost
    if (code === 'approval_outcome_unknown') lost = outcome
    const isUnanswered = code === 'approval_outcome_unknown' || code === 'approval_failed'
    if (!isUnanswered || count === MAX_FAILURES) return outcome
    await delay(clock, PAUSE_MS, { signal })
  }
}

/**
 * Waits at most `forMs` for the answer: the approval, or `later` when the time of this request is up and the question
 * is still open. Throws `approval_timeout` when its own time is up, what `waitForApproval` throws, and the signal's reason.
 */
export async function waitForAnswer(
  { client, clock, visit, signal }: Parts,
  pending: PendingApproval,
  forMs: number,
): Promise<Approval | 'later'> {
  const endsAt = clock.monotonic() + forMs
  const leftMs = (): number => Date.parse(pending.expiresAt) - clock.now()
  if (leftMs() <= 0) throw callError('approval_timeout')
  try {
    return await client.waitForApproval(pending, { timeoutMs: Math.max(1, forMs), signal })
  } catch (error) {
    const code = ApprovalError.isInstance(error) ? error.code : undefined
    if (code === 'approval_expired' && leftMs() < NEARLY_MS) throw callError('approval_timeout')
    if (code !== 'approval_timeout') throw error
    visit.polled()
    const restMs = endsAt - clock.monotonic()
    if (restMs > 0) await delay(clock, restMs, { signal })
    return 'later'
  }
}
