import { checkOptions, invalidOption } from '../support/option-checks.ts'
import { choice, optional, wholeNumber } from '../support/option-values.ts'

/** Who answers the approval requests that no script decides. */
export type ApprovalMode = 'approve' | 'deny' | 'manual'

export const approvalMode = choice('approve', 'deny', 'manual')

/** What the approver of one request does. */
export type ApprovalScript =
  /** Approves, or denies, at once. */
  | 'approve'
  | 'deny'
  /** Does not respond, even if the option `approvals` decides. */
  | 'never'
  /** Does not respond, and the request has expired at the first poll. */
  | 'expire'
  /** Approves, or denies, after this number of polls got the response "pending". */
  | { readonly approveAfterPolls: number }
  | { readonly denyAfterPolls: number }
  /** Does not respond, and the first poll gets the error `slow_down`, which no real server currently sends. */
  | 'slow_down'
  /** Approves. The poll that collects the token uses the approval up, and its response is dropped. */
  | 'consume_then_drop'

interface DecisionAfterPolls {
  readonly approveAfterPolls?: number
  readonly denyAfterPolls?: number
}

const scriptName = choice('approve', 'deny', 'never', 'expire', 'slow_down', 'consume_then_drop')
const polls = optional(wholeNumber(0, Number.MAX_SAFE_INTEGER))

/** Throws a `ConfigError` when the value is not an approval script. */
export function checkApprovalScript(
  script: unknown,
  field: string,
): asserts script is ApprovalScript {
  if (typeof script !== 'object' || script === null) return scriptName(script, field)
  checkOptions<DecisionAfterPolls>(
    script,
    field,
    { approveAfterPolls: polls, denyAfterPolls: polls },
    `${field}.`,
  )
  if ((script.approveAfterPolls === undefined) === (script.denyAfterPolls === undefined)) {
    const hint = `Set ${field} to an object with one of the two.`
    throw invalidOption(field, 'must have either approveAfterPolls or denyAfterPolls', hint)
  }
}
