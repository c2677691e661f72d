import type { ApprovalFlow, ApprovalRisk, PendingApproval } from '../pending.ts'
import { hideGetters } from '../support/hide-getters.ts'

/** Which call a question is about, beside the action itself: named by the program, never by a model. */
export interface QuestionSubject {
  /** The tool that was called. */
  readonly tool?: string | undefined
  /** The ID of the call in events, from `newCallId`. Default: a new one. */
  readonly callId?: string | undefined
  /** The framework's name for the call. It may be another one after a restart. */
  readonly toolCallId?: string | undefined
  /** The conversation or durable run of the call, which has the same name after a restart. */
  readonly thread?: string | undefined
  /** The run of the agent, as events name it. */
  readonly run?: string | undefined
  /** Who the agent works for. */
  readonly user?: string | undefined
  /** Who called the agent, for events only: never what a question is bound to. */
  readonly caller?: string | undefined
}

/** All that is known of a question. */
export interface QuestionFacts extends PendingApproval {
  readonly subject: QuestionSubject
  /** RFC 3339. Absent in a sealed question of an older version. */
  readonly askedAt?: string | undefined
}

/** Keeps in a private field, which nothing can list or copy, what the answer could be collected with. */
export class PendingQuestion implements PendingApproval {
  readonly flow: ApprovalFlow
  readonly approver: string
  readonly digest: string
  readonly code: string
  readonly bindingMessage: string
  readonly expiresAt: string
  readonly intervalSeconds: number
  declare readonly risk?: ApprovalRisk
  readonly #facts: QuestionFacts

  constructor(facts: QuestionFacts) {
    this.flow = facts.flow
    this.approver = facts.approver
    this.digest = facts.digest
    this.code = facts.code
    this.bindingMessage = facts.bindingMessage
    this.expiresAt = facts.expiresAt
    this.intervalSeconds = facts.intervalSeconds
    if (facts.risk) this.risk = facts.risk
    this.#facts = Object.freeze({ ...facts })
    Object.freeze(this)
  }

  get authReqId(): string {
    return this.#facts.authReqId
  }

  /** The facts of a question of this process; nothing for anything else, such as a copy. */
  static factsOf(value: unknown): QuestionFacts | undefined {
    const isQuestion = typeof value === 'object' && value !== null && #facts in value
    return isQuestion ? value.#facts : undefined
  }

  static {
    hideGetters(PendingQuestion.prototype)
  }
}
