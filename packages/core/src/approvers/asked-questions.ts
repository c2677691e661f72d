import type { QuestionDetails } from '../events.ts'
import type { ApprovalStatus } from '../pending.ts'
import type { Clock } from '../support/clock.ts'
import type { EndQuestion } from './approver-limits.ts'
import type { PendingQuestion, QuestionFacts } from './pending-question.ts'

/** A question that this process has sent, or opened from its sealed form. */
interface AskedQuestion {
  readonly pending: PendingQuestion
  /** What events say about it. */
  readonly details: QuestionDetails
  /** On the clock's monotonic scale. */
  readonly startedAt: number
  /** Gives back the approver's place. */
  readonly end: EndQuestion
  /** Under which it is found again, see `questionKey`. Absent: another process asked, and the store knows whether it is still open. */
  readonly key?: string | undefined
  /** Told of each change. */
  readonly listeners: ((status: ApprovalStatus) => Promise<void>)[]
  state: 'open' | 'settled' | 'cancelled'
}

export interface AskedQuestions {
  add(question: AskedQuestion): void
  find(authReqId: string): AskedQuestion | undefined
  /** The open question of this key, unless it has expired. */
  findOpen(key: string): PendingQuestion | undefined
}

const MOST_QUESTIONS = 10_000
/** The longest lifetime of a question that is accepted, see `readStart`. */
const KEPT_MS = 3_600_000

export function createAskedQuestions(clock: Clock): AskedQuestions {
  const questions = new Map<string, AskedQuestion>()
  const byKey = new Map<string, AskedQuestion>()

  function forget(id: string, question: AskedQuestion): void {
    questions.delete(id)
    const { key } = question
    if (key !== undefined && byKey.get(key) === question) byKey.delete(key)
  }

  function forgetOld(): void {
    for (const [id, question] of questions) {
      const isOld = question.startedAt + KEPT_MS <= clock.monotonic()
      if (!isOld && questions.size <= MOST_QUESTIONS) break
      forget(id, question)
    }
  }

  return {
    add(question) {
      questions.set(question.pending.authReqId, question)
      if (question.key !== undefined) byKey.set(question.key, question)
      forgetOld()
    },
    find: (authReqId) => questions.get(authReqId),
    findOpen(key) {
      const found = byKey.get(key)
      const isOpen = found?.state === 'open' && !hasExpired(found.pending, clock)
      return isOpen ? found.pending : undefined
    },
  }
}

export function hasExpired({ expiresAt }: Pick<QuestionFacts, 'expiresAt'>, clock: Clock): boolean {
  return Date.parse(expiresAt) <= clock.now()
}
