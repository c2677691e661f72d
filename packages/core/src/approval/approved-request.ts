import type { QuestionFacts } from '../approvers/pending-question.ts'
import { approvalDetails } from '../approvers/question-details.ts'
import type { ApprovalDetails } from '../events.ts'
import { APPROVED_MS } from '../sealing/envelope.ts'
import type { Clock } from '../support/clock.ts'
import { hideGetters } from '../support/hide-getters.ts'

/** How long an approval can be used, on both scales of the clock: the wall clock can be set back, and other processes know no other. */
interface Freshness {
  /** By the wall clock. */
  readonly until: number
  /** On the clock's monotonic scale. */
  readonly endsAt: number
}

/** From now on, in milliseconds. */
export function freshFor(ms: number, clock: Clock): Freshness {
  return { until: clock.now() + ms, endsAt: clock.monotonic() + ms }
}

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
  readonly #freshness: Freshness

  /** `owner` is what collected it: the approvals of one client. */
  constructor(
    facts: QuestionFacts,
    accessToken: string,
    { owner, ...freshness }: Freshness & { readonly owner: object },
  ) {
    this.digest = facts.digest
    this.code = facts.code
    this.#accessToken = accessToken
    this.#facts = facts
    this.#owner = owner
    this.#freshness = freshness
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

  /** Until when the approval can be used, by the wall clock; nothing when it is too old. */
  static usableUntil(approval: unknown, clock: Clock): number | undefined {
    const isApproval = typeof approval === 'object' && approval !== null && #facts in approval
    if (!isApproval) return undefined
    const { until, endsAt } = approval.#freshness
    return until > clock.now() && endsAt > clock.monotonic() ? until : undefined
  }

  /** What events say about it. It is valid for a fixed time, so that tells when it was collected, in any process. */
  static detailsOf(approval: unknown): ApprovalDetails | undefined {
    const isApproval = typeof approval === 'object' && approval !== null && #facts in approval
    if (!isApproval) return undefined
    const { until } = approval.#freshness
    return approvalDetails(approval.#facts, new Date(until - APPROVED_MS))
  }

  static {
    hideGetters(ApprovedRequest.prototype)
  }
}
