import type { QuestionFacts } from '../approvers/pending-question.ts'
import { hideGetters } from '../support/hide-getters.ts'

/** An approval of one action. Its token is a session of the approver and is never shown. */
export interface Approval {
  readonly digest: string
  readonly code: string
  /** A session token of the approver, valid for a day or more: hand it to nobody who does not need it. Empty for the Agent Action Guard, which issues none, and for an approval that was opened from its sealed form. */
  readonly accessToken: string
}

/** Keeps the token in a private field, which nothing can list or copy. */
export class ApprovedRequest implements Approval {
  readonly digest: string
  readonly code: string
  readonly #accessToken: string
  readonly #facts: QuestionFacts
  readonly #owner: object

  /** `owner` is what collected it: the approvals of one client. */
  constructor(facts: QuestionFacts, accessToken: string, owner: object) {
    this.digest = facts.digest
    this.code = facts.code
    this.#accessToken = accessToken
    this.#facts = facts
    this.#owner = owner
    Object.freeze(this)
  }

  get accessToken(): string {
    return this.#accessToken
  }

  /** The question that was answered; nothing for what this owner did not collect, such as a copy. */
  static factsOf(value: unknown, owner: object): QuestionFacts | undefined {
    const isApproval = typeof value === 'object' && value !== null && #facts in value
    return isApproval && value.#owner === owner ? value.#facts : undefined
  }

  static {
    hideGetters(ApprovedRequest.prototype)
  }
}
