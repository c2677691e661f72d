import type { PollWheel } from '../approvers/poll-wheel.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { PollState } from '../channels/channel.ts'
import type { ApprovalError } from '../errors.ts'
import type { PendingApproval } from '../pending.ts'
import type { Clock } from '../support/clock.ts'

/** CIBA adds 5 s to the interval after each slow_down, for this and all later polls (CIBA Core 11). */
const SLOW_DOWN_SECONDS = 5
const MAX_FAILURES_IN_A_ROW = 3
const LAST_POLL_MS = 1_000

export interface WaitOptions {
  readonly clock: Clock
  readonly wheel: PollWheel
  readonly poll: () => Promise<PollState>
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * Waits and polls until there is an answer or the time is up. A ping ends a pause early, and so does the answer to
 * somebody else's poll of the same question. Returns the approver's session token.
 */
export async function waitForApproval(
  pending: Pick<PendingApproval, 'authReqId' | 'expiresAt' | 'intervalSeconds'>,
  { clock, wheel, poll, timeoutMs, signal }: WaitOptions,
): Promise<string> {
  const validMs = Date.parse(pending.expiresAt) - clock.now()
  const endsAt = clock.monotonic() + Math.min(timeoutMs, validMs)
  let { intervalSeconds } = pending
  let failures = 0
  let mayBeLost = false
  for (;;) {
    const left = endsAt - clock.monotonic()
    const intervalMs = intervalSeconds * 1000
    // The last poll comes in the last second: an answer that is not collected in time is lost.
    const isLast = left <= intervalMs + LAST_POLL_MS
    const pauseMs = isLast ? Math.max(left - LAST_POLL_MS, left / 2) : intervalMs
    const wake = await wheel.wait(pending.authReqId, Math.max(0, pauseMs), signal)
    const state = typeof wake === 'object' ? wake : await poll()
    if (state.state === 'approved') return state.accessToken
    if (state.state === 'pending') {
      failures = 0
      intervalSeconds = nextInterval(intervalSeconds, state)
      if (!isLast || wake !== 'due') continue
      throw approvalError(timeoutMs < validMs ? 'approval_timeout' : 'approval_expired')
    }
    if (state.state === 'gone' && mayBeLost) throw approvalError('approval_outcome_unknown')
    failures += 1
    const isOver = (isLast && wake === 'due') || failures >= MAX_FAILURES_IN_A_ROW
    if (state.state !== 'no_answer' || isOver) throw errorOf(state)
    mayBeLost ||= state.mayBeLost
  }
}

/** Seconds until the next poll, after an answer that is still pending. What the server asks for is spread by up to a tenth. */
export function nextInterval(
  intervalSeconds: number,
  state: Extract<PollState, { state: 'pending' }>,
): number {
  if (!state.slowDown) return intervalSeconds
  const askedSeconds = ((state.retryAfterMs ?? 0) / 1000) * (1 + 0.1 * Math.random())
  return Math.max(intervalSeconds + SLOW_DOWN_SECONDS, askedSeconds)
}

export function errorOf(
  state: Exclude<PollState, { state: 'approved' | 'pending' }>,
): ApprovalError {
  if (state.state === 'denied') return approvalError('approval_denied')
  return state.state === 'gone' ? approvalError('approval_expired') : state.error
}
