import { randomUUID } from 'node:crypto'
import type { Clock, PendingApproval } from '@authsec/core'

/** A question on somebody's device, and the one call its yes is good for. It never leaves the process. */
export interface OpenQuestion {
  pending: PendingApproval
  /** The call as canonical text: tool, resource, method, route and values. */
  readonly action: string
  readonly approver: string
  /** On the clock's monotonic scale, like `nextPollAt`. */
  readonly endsAt: number
  nextPollAt: number
  /** Longest wait in one round. */
  readonly roundMs: number
  failures: number
}

/** Who keeps the questions between the rounds of a call, and knows who may be asked. */
export interface OpenQuestions {
  /** Why this approver must not be asked now; `undefined` when they may be, and then they are. */
  begin(approver: string, timeoutMs: number): string | undefined
  /** The question is answered, or given up. After a no there is quiet for a minute. */
  end(approver: string, outcome: 'denied' | 'other'): void
  /** Keeps a question under a new random name, which works once. */
  keep(question: OpenQuestion): string
  /** The question of that name, which is gone from then on. */
  take(id: string): OpenQuestion | undefined
}

interface Approver {
  busyUntil: number
  quietUntil: number
  asked: number[]
}

const MOST_QUESTIONS = 100
const MOST_APPROVERS = 1_000
const WINDOW_MS = 600_000
const MOST_IN_WINDOW = 3
const COOL_DOWN_MS = 60_000

/**
 * At most 100 questions. Core limits how often a person is asked where it waits for the answer
 * itself; a question that is started and polled passes by there, so the same limits stand here.
 */
export function createOpenQuestions(clock: Clock): OpenQuestions {
  const questions = new Map<string, OpenQuestion>()
  const approvers = new Map<string, Approver>()

  function forgetOld(now: number): void {
    for (const [id, { endsAt }] of questions) if (endsAt <= now) questions.delete(id)
    for (const [name, approver] of approvers) {
      approver.asked = approver.asked.filter((time) => time > now - WINDOW_MS)
      const isIdle = Math.max(approver.busyUntil, approver.quietUntil) <= now
      if (isIdle && approver.asked.length === 0) approvers.delete(name)
    }
  }

  return {
    begin(name, timeoutMs) {
      const now = clock.monotonic()
      forgetOld(now)
      if (questions.size >= MOST_QUESTIONS || approvers.size >= MOST_APPROVERS) {
        return 'Too many approvals are open'
      }
      const approver = approvers.get(name) ?? { busyUntil: 0, quietUntil: 0, asked: [] }
      if (approver.busyUntil > now) return 'The approver is being asked already'
      if (approver.quietUntil > now) return 'The approver has just said no'
      if (approver.asked.length >= MOST_IN_WINDOW) {
        return 'The approver was asked three times in ten minutes'
      }
      approver.busyUntil = now + timeoutMs
      approver.asked.push(now)
      approvers.set(name, approver)
      return undefined
    },
    end(name, outcome) {
      const approver = approvers.get(name)
      if (!approver) return
      approver.busyUntil = 0
      if (outcome === 'denied') approver.quietUntil = clock.monotonic() + COOL_DOWN_MS
    },
    keep(question) {
      const id = randomUUID()
      questions.set(id, question)
      return id
    },
    take(id) {
      forgetOld(clock.monotonic())
      const question = questions.get(id)
      questions.delete(id)
      return question
    },
  }
}
