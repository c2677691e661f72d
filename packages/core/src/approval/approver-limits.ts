import { hash } from 'node:crypto'
import { ApprovalError } from '../errors.ts'
import type { Clock } from '../support/clock.ts'

const WINDOW_MS = 600_000
const MOST_IN_WINDOW = 3
const COOL_DOWN_MS = 60_000
const MOST_APPROVERS = 10_000

/** Ends a question that was begun: the approver denied it, or it is answered, expired or given up. Later calls do nothing. */
export type EndQuestion = (outcome: 'denied' | 'other') => void

export interface ApproverLimits {
  /** Throws `approval_rate_limited` when this approver must not be asked now; otherwise the question counts as open for `ms` milliseconds, or until its end. */
  begin(approver: string, ms: number): EndQuestion
}

interface Approver {
  /** The one question that is open, if any. An older one that ends late leaves it alone. */
  open: symbol | undefined
  openUntil: number
  asked: number[]
  deniedAt: number
}

/**
 * Rate limits of one approver, so that a model cannot repeat a request until the person gives in: one
 * open question at a time, three in ten minutes, and a pause of one minute after a denial. A question that
 * was given up is no longer open, and still counts as one of the three: giving up does not let anybody ring
 * the approver more often.
 */
export function createApproverLimits(clock: Clock): ApproverLimits {
  const approvers = new Map<string, Approver>()
  const keyOf = (approver: string): string => hash('sha256', approver.trim().toLowerCase())

  function entry(approver: string): Approver {
    const key = keyOf(approver)
    const known = approvers.get(key) ?? fresh()
    // Re-inserted, so that the one dropped first is the one not asked for longest.
    approvers.delete(key)
    approvers.set(key, known)
    for (const [oldest, { openUntil }] of approvers) {
      if (approvers.size <= MOST_APPROVERS) break
      if (openUntil <= clock.monotonic()) approvers.delete(oldest)
    }
    return known
  }

  function end(approver: string, question: symbol, outcome: 'denied' | 'other'): void {
    const known = entry(approver)
    if (outcome === 'denied') known.deniedAt = clock.monotonic()
    if (known.open === question) known.openUntil = 0
  }

  return {
    begin(approver, ms) {
      const known = entry(approver)
      const now = clock.monotonic()
      known.asked = known.asked.filter((time) => time > now - WINDOW_MS)
      if (known.openUntil > now) throw limited('is being asked already')
      if (now - known.deniedAt < COOL_DOWN_MS) throw limited('has just denied a request')
      if (known.asked.length >= MOST_IN_WINDOW)
        throw limited('was asked three times in ten minutes')
      const question = Symbol('question')
      known.open = question
      known.openUntil = now + ms
      known.asked.push(now)
      return (outcome) => end(approver, question, outcome)
    },
  }
}

function fresh(): Approver {
  return { open: undefined, openUntil: 0, asked: [], deniedAt: Number.NEGATIVE_INFINITY }
}

function limited(why: string): ApprovalError {
  return new ApprovalError({
    code: 'approval_rate_limited',
    message: `The approver ${why}, so the request was not sent.`,
    hint: 'Do not repeat the request; wait for the answer, or for a few minutes.',
    retryable: true,
  })
}
