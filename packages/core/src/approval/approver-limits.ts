import { hash } from 'node:crypto'
import { ApprovalError } from '../errors.ts'
import type { Clock } from '../support/clock.ts'

const WINDOW_MS = 600_000
const MOST_IN_WINDOW = 3
const COOL_DOWN_MS = 60_000
const MOST_APPROVERS = 1_000

export interface ApproverLimits {
  /** Throws `approval_rate_limited` when this approver must not be asked now; otherwise the question counts as open for `ms` milliseconds, or until its end. */
  begin(approver: string, ms: number): void
  /** The question is answered, or given up. */
  end(approver: string, outcome: 'denied' | 'other'): void
}

interface Approver {
  openUntil: number
  asked: number[]
  deniedAt: number
}

/**
 * Rate limits of one approver, so that a model cannot repeat a request until the person gives in: one
 * open question at a time, three in ten minutes, and a pause of one minute after a denial.
 */
export function createApproverLimits(clock: Clock): ApproverLimits {
  const approvers = new Map<string, Approver>()
  const keyOf = (approver: string): string => hash('sha256', approver.trim().toLowerCase())

  function entry(approver: string): Approver {
    const key = keyOf(approver)
    const known = approvers.get(key) ?? { openUntil: 0, asked: [], deniedAt: -COOL_DOWN_MS }
    // Re-inserted, so that the one dropped first is the one not asked for longest.
    approvers.delete(key)
    approvers.set(key, known)
    for (const [oldest, { openUntil }] of approvers) {
      if (approvers.size <= MOST_APPROVERS) break
      if (openUntil <= clock.monotonic()) approvers.delete(oldest)
    }
    return known
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
      known.openUntil = now + ms
      known.asked.push(now)
    },
    end(approver, outcome) {
      const known = entry(approver)
      known.openUntil = 0
      if (outcome === 'denied') known.deniedAt = clock.monotonic()
    },
  }
}

function limited(why: string): ApprovalError {
  return new ApprovalError({
    code: 'approval_rate_limited',
    message: `The approver ${why}, so the request was not sent.`,
    hint: 'Do not repeat the request; wait for the answer, or for a few minutes.',
    retryable: true,
  })
}
