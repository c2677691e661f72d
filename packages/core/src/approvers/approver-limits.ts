import { hash } from '#runtime/platform/hashing'
import { ApprovalError } from '../errors.ts'
import type { ApprovalLimits } from '../options/approval-limits.ts'
import type { Clock } from '../support/clock.ts'
import { createTurns, type Turns } from './turns.ts'

const MOST_APPROVERS = 10_000

/** Ends a question that was begun: it was approved or denied, it was not asked after all, or it expired or was given up. Later calls do nothing. */
export type EndQuestion = (outcome: 'approved' | 'denied' | 'unasked' | 'other') => void

/** One question that is about to be sent. */
interface NewQuestion {
  readonly approver: string
  /** The question counts as open for this long, in milliseconds, or until its end. */
  readonly openMs: number
  readonly limits: ApprovalLimits
  readonly signal: AbortSignal | undefined
}

export interface ApproverLimits {
  /**
   * Waits until this approver may be asked. Throws `approval_rate_limited` when that is not allowed, or not in
   * time, and the signal's reason.
   */
  begin(question: NewQuestion): Promise<EndQuestion>
}

/** A question that is open, was denied or got no answer. What was approved is forgotten. */
interface Question {
  readonly askedAt: number
  openUntil: number
}

interface Approver {
  readonly turns: Turns
  readonly questions: Set<Question>
  deniedAt: number
  /** The longest window of the limits that were applied. */
  windowMs: number
}

/**
 * Keeps the limits for each approver. A question that was given up is no longer open, and still counts as
 * unanswered: giving up does not let anybody ring the approver more often.
 */
export function createApproverLimits(clock: Clock): ApproverLimits {
  const approvers = new Map<string, Approver>()
  const keyOf = (approver: string): string => hash('sha256', approver.trim().toLowerCase())

  function entry(approver: string): Approver {
    const key = keyOf(approver)
    const known = approvers.get(key) ?? fresh(clock)
    // Re-inserted, so that the one dropped first is the one not asked for longest.
    approvers.delete(key)
    approvers.set(key, known)
    for (const [oldest, { turns, questions }] of approvers) {
      if (approvers.size <= MOST_APPROVERS) break
      const now = clock.monotonic()
      const isOpen = [...questions].some(({ openUntil }) => openUntil > now)
      if (!isOpen && turns.waiting === 0) approvers.delete(oldest)
    }
    return known
  }

  function ask(known: Approver, openMs: number): EndQuestion {
    const now = clock.monotonic()
    const question: Question = { askedAt: now, openUntil: now + openMs }
    known.questions.add(question)
    let hasEnded = false
    return (outcome) => {
      if (hasEnded) return
      hasEnded = true
      question.openUntil = 0
      if (outcome === 'approved' || outcome === 'unasked') known.questions.delete(question)
      if (outcome === 'denied') known.deniedAt = clock.monotonic()
      known.turns.changed()
    }
  }

  return {
    async begin({ approver, openMs, limits, signal }) {
      signal?.throwIfAborted()
      const known = entry(approver)
      forgetOld(known, limits, clock.monotonic())
      const turn = verdict(known, limits, clock.monotonic())
      if (turn.pauseMs !== undefined && turn.isAfterDenial) throw deniedJustNow()
      const isFree = turn.pauseMs === undefined && known.turns.waiting === 0
      if (isFree) return ask(known, openMs)
      if (known.turns.waiting >= limits.queuedPerApprover) throw askedAlready()
      return known.turns.wait({
        ms: limits.queueMs,
        signal,
        tooLate: askedAlready,
        tryNow() {
          const { pauseMs } = verdict(known, limits, clock.monotonic())
          return pauseMs === undefined ? { done: ask(known, openMs) } : { pauseMs }
        },
      })
    },
  }
}

/** Whether the approver may be asked now, or how long to wait at most. Throws when those that were not approved forbid it. */
function verdict(
  { questions, deniedAt }: Approver,
  limits: ApprovalLimits,
  now: number,
): { pauseMs?: number; isAfterDenial?: boolean } {
  const { openPerApprover, unapprovedPerWindow, windowMs, pauseAfterDenialMs } = limits
  const open = [...questions].filter(({ openUntil }) => openUntil > now)
  const ended = [...questions].filter(
    ({ openUntil, askedAt }) => openUntil <= now && askedAt > now - windowMs,
  )
  if (ended.length >= unapprovedPerWindow) throw tooManyUnapproved(ended.length, windowMs)
  const denialEndsIn = deniedAt + pauseAfterDenialMs - now
  if (denialEndsIn > 0) return { pauseMs: denialEndsIn, isAfterDenial: true }
  const isFull = open.length >= openPerApprover
  if (!isFull && open.length + ended.length < unapprovedPerWindow) return {}
  return { pauseMs: Math.min(...open.map(({ openUntil }) => openUntil - now)) }
}

function forgetOld(known: Approver, { windowMs }: ApprovalLimits, now: number): void {
  known.windowMs = Math.max(known.windowMs, windowMs)
  for (const question of known.questions) {
    const isInWindow = question.askedAt > now - known.windowMs
    if (question.openUntil <= now && !isInWindow) known.questions.delete(question)
  }
}

function fresh(clock: Clock): Approver {
  return {
    turns: createTurns(clock),
    questions: new Set(),
    deniedAt: Number.NEGATIVE_INFINITY,
    windowMs: 0,
  }
}

const askedAlready = (): ApprovalError =>
  limited(
    'is being asked already',
    'Do not repeat the request; wait for the answer. The option `approvals` of the client sets how many are open and how many wait.',
  )

const deniedJustNow = (): ApprovalError =>
  limited('has just denied a request', 'Do not repeat the request; wait for a few minutes.')

function tooManyUnapproved(count: number, windowMs: number): ApprovalError {
  const minutes = Math.max(1, Math.round(windowMs / 60_000))
  return limited(
    `has not approved ${count} requests within ${minutes} min`,
    'Do not repeat the request; wait for a few minutes. The option `approvals` of the client sets the limit.',
  )
}

function limited(why: string, hint: string): ApprovalError {
  return new ApprovalError({
    code: 'approval_rate_limited',
    message: `The approver ${why}, so the request was not sent.`,
    hint,
    retryable: true,
  })
}
