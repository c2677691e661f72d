import { randomUUID } from 'node:crypto'
import type { Clock, PendingApproval } from '@authsec/core'

/** A request on an approver's device, with the one call that it is for. It never leaves this process. */
export interface OpenQuestion {
  pending: PendingApproval
  /** The tool that was called. Its message is what the approver read. */
  readonly tool: string
  /** On the clock's monotonic scale, like `nextPollAt`. */
  readonly endsAt: number
  nextPollAt: number
  /** Longest wait within one request of the client, in milliseconds. */
  readonly maxWaitMs: number
  /** Polls in a row that got no answer. */
  failures: number
}

/** Keeps questions between the requests of a call. Core limits how often an approver is asked. */
export interface OpenQuestions {
  /** Whether no more can be kept. */
  areFull(): boolean
  /** Keeps a question under a new random name, which works once. */
  keep(question: OpenQuestion): string
  /** Removes the question of that name and returns it. */
  take(id: string): OpenQuestion | undefined
}

const MAX_QUESTIONS = 100

/** `giveUp` is told of a question for which no client came back in time. */
export function createOpenQuestions(
  clock: Clock,
  giveUp: (question: OpenQuestion) => void,
): OpenQuestions {
  const questions = new Map<string, OpenQuestion>()

  function forgetExpired(): void {
    const now = clock.monotonic()
    for (const [id, question] of questions) {
      if (question.endsAt > now) continue
      questions.delete(id)
      giveUp(question)
    }
  }

  return {
    areFull() {
      forgetExpired()
      return questions.size >= MAX_QUESTIONS
    },
    keep(question) {
      const id = randomUUID()
      questions.set(id, question)
      return id
    },
    take(id) {
      forgetExpired()
      const question = questions.get(id)
      questions.delete(id)
      return question
    },
  }
}
