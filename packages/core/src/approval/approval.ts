import type { CibaFlow, ClientConfig } from '../config/config.ts'
import { ApprovalError } from '../errors.ts'
import type { ApprovalOutcome, OnEvent } from '../events.ts'
import { digestOf, shortCode } from '../support/canonical-json.ts'
import { delay } from '../support/clock.ts'
import { approvalError, type PollState } from './approval-errors.ts'
import { createApproverLimits } from './approver-limits.ts'
import { bindingMessage } from './binding-message.ts'
import type { CibaApi } from './ciba-api.ts'

export interface ApprovalQuestion {
  /** Who is asked: an e-mail address that AuthSec knows. Set by the developer. Default: `ciba.loginHint`. */
  approver?: string | undefined
  /** What is asked, in the developer's words; `{name}` is replaced by a value, quoted and made harmless. At most 140 characters reach the device. */
  message: string
  values?: Readonly<Record<string, unknown>> | undefined
  /** What the approval is for: any JSON value; the approval is bound to its digest. Default: message and values. */
  action?: unknown
  signal?: AbortSignal | undefined
}

/** A question that has been put. Plain data: it may be stored, and polled later by another process. Whoever holds it can collect the answer, so store it like a secret. */
export interface PendingApproval {
  readonly flow: CibaFlow
  readonly authReqId: string
  /** SHA-256 of the action, hex. */
  readonly digest: string
  /** Six characters, also at the end of the message on the device. */
  readonly code: string
  readonly bindingMessage: string
  /** RFC 3339. */
  readonly expiresAt: string
  /** Wait at least so long before the next poll, in seconds. */
  readonly intervalSeconds: number
}

/** A yes, bound to one action. The approval token is a session of the approver and is never shown. */
export interface Approval {
  readonly digest: string
  readonly code: string
  /** A session token of the approver, good for a day or more: hand it to nobody who does not need it. */
  readonly accessToken: string
}

class ApprovedRequest implements Approval {
  readonly digest: string
  readonly code: string
  readonly #accessToken: string
  constructor(pending: PendingApproval, accessToken: string) {
    this.digest = pending.digest
    this.code = pending.code
    this.#accessToken = accessToken
    Object.freeze(this)
  }
  get accessToken(): string {
    return this.#accessToken
  }
}

export type ApprovalPoll =
  | { status: 'pending'; pending: PendingApproval }
  | { status: 'approved'; approval: Approval }

export interface Approvals {
  start(question: ApprovalQuestion): Promise<PendingApproval>
  poll(
    pending: PendingApproval,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<ApprovalPoll>
  request(question: ApprovalQuestion & { timeoutMs?: number | undefined }): Promise<Approval>
}

interface OpenQuestion {
  approver: string
  startedAt: number
}

const MOST_QUESTIONS = 1_000
/** As long as the server keeps a question (contract 3.6), and the time it takes to put it. */
const QUESTION_MS = 335_000

/** CIBA asks for 5 s more after each slow_down, for this and all later polls (CIBA Core 11). */
const SLOW_DOWN_SECONDS = 5
const MOST_FAILURES_IN_A_ROW = 3
const LAST_POLL_MS = 1_000

/** Asks a person, once, and waits for the answer within bounds. Whatever is not a clear yes throws. */
export function createApprovals(config: ClientConfig, api: CibaApi, emit: OnEvent): Approvals {
  const { clock } = config
  const limits = createApproverLimits(clock)
  /** The questions put by this client that have no answer yet. */
  const open = new Map<string, OpenQuestion>()

  async function start(question: ApprovalQuestion): Promise<PendingApproval> {
    const { message, values = {}, signal } = question
    const action = question.action ?? { message, values }
    const approver = approverOf(question)
    const digest = digestOf({ action, approver, clientId: config.clientId })
    const code = shortCode(digest)
    const text = bindingMessage(message, values, code)
    limits.begin(approver, QUESTION_MS)
    try {
      const { expiresInSeconds, ...started } = await api.start(
        { approver, bindingMessage: text },
        signal,
      )
      const expiresAt = new Date(clock.now() + expiresInSeconds * 1000)
      remember(started.authReqId, { approver, startedAt: clock.monotonic() })
      emit({ type: 'approval.started', code, expiresAt })
      return { ...started, digest, code, bindingMessage: text, expiresAt: expiresAt.toISOString() }
    } catch (error) {
      limits.end(approver, 'other')
      throw error
    }
  }

  function remember(authReqId: string, question: OpenQuestion): void {
    open.set(authReqId, question)
    const [oldest] = open.keys()
    if (open.size > MOST_QUESTIONS && oldest !== undefined) open.delete(oldest)
  }

  /** Lets the approver be asked again, and tells how it ended; a question of another process has no start here. */
  function settle({ authReqId, code }: PendingApproval, outcome: ApprovalOutcome): void {
    const question = open.get(authReqId)
    open.delete(authReqId)
    if (question) limits.end(question.approver, outcome === 'approval_denied' ? 'denied' : 'other')
    const durationMs = question ? clock.monotonic() - question.startedAt : 0
    emit({ type: 'approval.settled', code, outcome, durationMs })
  }

  async function poll(
    pending: PendingApproval,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<ApprovalPoll> {
    const state = await api.poll(pending, signal)
    if (state.state === 'pending') {
      const intervalSeconds = nextInterval(pending, state)
      return { status: 'pending', pending: { ...pending, intervalSeconds } }
    }
    if (state.state === 'approved') {
      settle(pending, 'approved')
      return { status: 'approved', approval: new ApprovedRequest(pending, state.accessToken) }
    }
    const error = errorOf(state)
    // Without an answer the question is as open as before, and may be polled again.
    if (state.state !== 'no_answer') settle(pending, error.code)
    throw error
  }

  async function request(
    question: ApprovalQuestion & { timeoutMs?: number | undefined },
  ): Promise<Approval> {
    const pending = await start(question)
    let outcome: ApprovalOutcome = 'cancelled'
    try {
      const approval = await wait(pending, question.timeoutMs ?? 120_000, question.signal)
      outcome = 'approved'
      return approval
    } catch (error) {
      if (ApprovalError.isInstance(error)) outcome = error.code
      throw error
    } finally {
      settle(pending, outcome)
    }
  }

  /** Waits, then polls, until there is an answer or the time is up. */
  async function wait(
    pending: PendingApproval,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Approval> {
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
      await delay(clock, Math.max(0, pauseMs), { signal })
      const state = await api.poll(pending, signal)
      if (state.state === 'approved') return new ApprovedRequest(pending, state.accessToken)
      if (state.state === 'pending') {
        failures = 0
        intervalSeconds = nextInterval({ ...pending, intervalSeconds }, state)
        if (isLast)
          throw approvalError(timeoutMs < validMs ? 'approval_timeout' : 'approval_expired')
        continue
      }
      if (state.state === 'gone' && mayBeLost) throw approvalError('approval_outcome_unknown')
      failures += 1
      const isOver = isLast || failures >= MOST_FAILURES_IN_A_ROW
      if (state.state !== 'no_answer' || isOver) throw errorOf(state)
      mayBeLost ||= state.mayBeLost
    }
  }

  function nextInterval(
    pending: PendingApproval,
    state: Extract<PollState, { state: 'pending' }>,
  ): number {
    if (!state.slowDown) return pending.intervalSeconds
    const askedFor = state.retryAt ? (state.retryAt.getTime() - clock.now()) / 1000 : 0
    return Math.max(pending.intervalSeconds + SLOW_DOWN_SECONDS, askedFor)
  }

  function approverOf({ approver }: ApprovalQuestion): string {
    const chosen = approver ?? config.ciba.loginHint
    if (chosen === undefined || chosen.trim() === '') throw approvalError('approval_required')
    return chosen.trim()
  }

  return { start, poll, request }
}

function errorOf(state: Exclude<PollState, { state: 'approved' | 'pending' }>): ApprovalError {
  if (state.state === 'denied') return approvalError('approval_denied')
  return state.state === 'gone' ? approvalError('approval_expired') : state.error
}
