import type { Clock, PendingApproval } from '@authsec/core'

/** One request of a client that waits for a question. */
export interface Visit {
  /** Not before this time, on the clock's monotonic scale, the answer is asked for again. */
  nextPollAt(): number
  /** Somebody has just asked for the answer. */
  polled(): void
  /** There is an answer, or nobody wants one any more. */
  end(): void
  /** The client was given the sealed question, and may come back until the question expires. */
  handOut(): void
  /** The client went away. `mayReturn`: its connection broke, so it may come back with what it was given. */
  abandon(options: { mayReturn: boolean }): void
}

/**
 * Questions that this process has asked, so that their approvers can be asked something else as soon as nobody waits.
 * No call needs them: a sealed question works in any process.
 */
export interface OpenQuestions {
  /** Whether too many are open for another one. */
  areFull(): boolean
  /** A request waits for a question that was asked just now, or again. */
  open(key: string, pending: PendingApproval): Visit
  /** A request came back for a question that this or another process has asked. */
  visit(key: string): Visit
}

interface Question {
  readonly pending: PendingApproval
  /** On the clock's monotonic scale, like all times here. */
  readonly endsAt: number
  nextPollAt: number
  waiting: number
  isHandedOut: boolean
  /** When nobody waits, somebody must do so before this time. */
  returnBy: number
}

const MAX_QUESTIONS = 100
/** For a client whose connection broke. */
const RECONNECT_MS = 10_000

/** `giveUp` is told of each question that nobody waits for any more. It is without effect for an answered one. */
export function createOpenQuestions(
  clock: Clock,
  giveUp: (pending: PendingApproval) => void,
): OpenQuestions {
  const questions = new Map<string, Question>()

  function forget(key: string, question: Question): void {
    if (questions.get(key) === question) questions.delete(key)
    giveUp(question.pending)
  }

  function forgetAbandoned(): void {
    const now = clock.monotonic()
    for (const [key, question] of questions) {
      if (question.waiting === 0 && question.returnBy <= now) forget(key, question)
    }
  }

  function visitOf(key: string, question: Question): Visit {
    let isOver = false
    question.waiting += 1
    const leave = (then: () => void): void => {
      if (isOver) return
      isOver = true
      question.waiting -= 1
      if (question.waiting === 0) then()
    }
    return {
      nextPollAt: () => question.nextPollAt,
      polled() {
        question.nextPollAt = clock.monotonic() + question.pending.intervalSeconds * 1000
      },
      end: () => leave(() => forget(key, question)),
      handOut() {
        question.isHandedOut = true
        question.returnBy = question.endsAt
        leave(() => undefined)
      },
      abandon: ({ mayReturn }) =>
        leave(() => {
          if (!mayReturn || !question.isHandedOut) return forget(key, question)
          question.returnBy = Math.min(question.endsAt, clock.monotonic() + RECONNECT_MS)
        }),
    }
  }

  return {
    areFull() {
      forgetAbandoned()
      return questions.size >= MAX_QUESTIONS
    },
    open(key, pending) {
      const now = clock.monotonic()
      const endsAt = now + Date.parse(pending.expiresAt) - clock.now()
      const nextPollAt = now + pending.intervalSeconds * 1000
      const fresh = {
        pending,
        endsAt,
        nextPollAt,
        waiting: 0,
        isHandedOut: false,
        returnBy: endsAt,
      }
      const question = questions.get(key) ?? fresh
      questions.set(key, question)
      return visitOf(key, question)
    },
    visit(key) {
      const question = questions.get(key)
      return question ? visitOf(key, question) : ofAnotherProcess()
    },
  }
}

/** Its approver's place is kept there. */
function ofAnotherProcess(): Visit {
  const nothing = (): void => undefined
  return {
    nextPollAt: () => Number.NEGATIVE_INFINITY,
    polled: nothing,
    end: nothing,
    handOut: nothing,
    abandon: nothing,
  }
}
