import type { QuestionFacts } from '../approvers/pending-question.ts'
import { approvalError } from '../channels/approval-errors.ts'
import type { ApprovalError } from '../errors.ts'
import type { ApprovalStatus, ApprovalView, PendingApproval } from '../pending.ts'

/** What may be shown of a question. */
export function approvalView(
  facts: Omit<QuestionFacts, 'authReqId' | 'subject'>,
  status: ApprovalStatus,
  showApprover: boolean,
): ApprovalView {
  const { code, bindingMessage: message, approver, expiresAt, intervalSeconds, risk } = facts
  return Object.freeze({
    code,
    message,
    approver: showApprover ? approver : redactedAddress(approver),
    expiresAt,
    status,
    intervalSeconds,
    ...(risk && { risk }),
  })
}

/** `a***@example.com`: enough to know whom to call, too little to write to. */
function redactedAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const [first = ''] = address
  return at > 0 ? `${first}***${address.slice(at)}` : `${first}***`
}

/** The error with which a call ends that nobody has approved yet. */
export function pendingError(pending: PendingApproval, showApprover: boolean): ApprovalError {
  const approval = approvalView(pending, 'pending', showApprover)
  return approvalError('approval_pending', { approval, pending })
}
