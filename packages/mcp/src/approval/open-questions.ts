import { randomUUID } from 'node:crypto'
import type { Clock, PendingApproval } from '@authsec/core'

/** A question on somebody's device, and the one call its yes is good for. It never leaves the process. */
export interface OpenQuestion {
  pending: PendingApproval
  /** The call as canonical text: tool, resource, method, route and values. */
  readonly action: string
  /** On the clock's monotonic scale, like `nextPollAt`. */
  readonly endsAt: number
  nextPollAt: number
  /** Longest wait in one round. */
  readonly roundMs: number
  failures: number
}

/** Who keeps the questions between the rounds of a call; how often a person may be asked is core's business. */
export interface OpenQuestions {
  /** Whether no more can be kept. */
  areFull(): boolean
  /** Keeps a question under a new random name, which works once. */
  keep(question: OpenQuestion): string
  /** The question of that name, which is gone from then on. */
  take(id: string): OpenQuestion | undefined
}

const MOST_QUESTIONS = 100

export function createOpenQuestions(clock: Clock): OpenQuestions {
  const questions = new Map<string, OpenQuestion>()

  function forgetOld(): void {
    const now = clock.monotonic()
    for (const [id, { endsAt }] of questions) if (endsAt <= now) questions.delete(id)
  }

  return {
    areFull() {
      forgetOld()
      return questions.size >= MOST_QUESTIONS
    },
    keep(question) {
      const id = randomUUID()
      questions.set(id, question)
      return id
    },
    take(id) {
      forgetOld()
      const question = questions.get(id)
      questions.delete(id)
      return question
    },
  }
}
