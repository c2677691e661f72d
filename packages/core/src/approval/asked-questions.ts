import type { Clock } from '../support/clock.ts'
import type { PendingApproval } from './approval.ts'
import { approvalError } from './approval-errors.ts'
import type { EndQuestion } from './approver-limits.ts'

/** A question that this process has sent. What is written here decides, not the copy that a caller passes in. */
interface AskedQuestion {
  readonly pending: PendingApproval
  /** On the clock's monotonic scale. */
  readonly startedAt: number
  /** Gives back the approver's place. */
  readonly end: EndQuestion
  state: 'open' | 'settled' | 'cancelled'
}

export interface AskedQuestions {
  add(question: AskedQuestion): void
  find(authReqId: string): AskedQuestion | undefined
  /**
   * The question that a pending approval stands for, read once from what the caller passed in, and as it was
   * asked. Throws `pending_altered` when this process asked something else under that ID, or the same
   * under another ID. A question of another process cannot be compared, and is returned as it is.
   */
  genuine(given: PendingApproval): PendingApproval
}

const MOST_QUESTIONS = 10_000
/** The longest lifetime of a question that is accepted, see `readStart`. */
const KEPT_MS = 3_600_000

export function createAskedQuestions(clock: Clock): AskedQuestions {
  const questions = new Map<string, AskedQuestion>()

  function forgetOld(): void {
    for (const [id, { startedAt }] of questions) {
      const isOld = startedAt + KEPT_MS <= clock.monotonic()
      if (!isOld && questions.size <= MOST_QUESTIONS) break
      questions.delete(id)
    }
  }

  /** Whether it is a question of this process with the ID of another one. */
  function isKnownOtherwise(read: PendingApproval): boolean {
    const { authReqId } = read
    return [...questions.values()].some(({ pending }) => isSame(read, { ...pending, authReqId }))
  }

  return {
    add(question) {
      questions.set(question.pending.authReqId, question)
      forgetOld()
    },
    find: (authReqId) => questions.get(authReqId),
    genuine(given) {
      const read = readPending(given)
      const asked = questions.get(read.authReqId)?.pending
      const { intervalSeconds } = read
      if (asked && isSame(read, asked)) return Object.freeze({ ...asked, intervalSeconds })
      if (asked || isKnownOtherwise(read)) throw approvalError('pending_altered')
      return Object.freeze(read)
    },
  }
}

/** Reads each field once, so that a getter cannot show one value to the check and another one to the poll. */
function readPending(given: PendingApproval): PendingApproval {
  if (typeof given !== 'object' || given === null) throw approvalError('pending_altered')
  const { flow, authReqId, approver, digest, code, bindingMessage, expiresAt, intervalSeconds } =
    given
  const texts: unknown[] = [authReqId, approver, digest, code, bindingMessage, expiresAt]
  const isWhole =
    texts.every((text) => typeof text === 'string' && text !== '') &&
    (flow === 'admin' || flow === 'tenant' || flow === 'workspace') &&
    Number.isFinite(intervalSeconds)
  if (!isWhole) throw approvalError('pending_altered')
  return { flow, authReqId, approver, digest, code, bindingMessage, expiresAt, intervalSeconds }
}

/** The interval may differ: it grows when the server asks for it. */
function isSame(a: PendingApproval, b: PendingApproval): boolean {
  return (
    a.flow === b.flow &&
    a.authReqId === b.authReqId &&
    a.approver === b.approver &&
    a.digest === b.digest &&
    a.code === b.code &&
    a.bindingMessage === b.bindingMessage &&
    a.expiresAt === b.expiresAt
  )
}
