import { ApprovalError, type ApprovalErrorCode } from '../errors.ts'
import { failureText, type HttpFailure } from '../http/http-failure.ts'
import type { TenantMismatch } from '../token/tenant.ts'

/** The error for a request of the approval flow that got no answer. */
export function failureError(failure: HttpFailure): ApprovalError {
  const code = failure.mayHaveBeenSent ? 'approval_outcome_unknown' : 'approval_failed'
  const text = failureText(failure, 'The AuthSec server', messages[code])
  return new ApprovalError({ code, ...text, cause: failure })
}

export function approvalError(
  code: ApprovalErrorCode,
  status?: number,
  requestId?: string,
): ApprovalError {
  const [message, hint] = messages[code]
  return new ApprovalError({ code, message, hint, status, requestId })
}

/** The error for an approval by somebody of another tenant than the configured one. */
export function wrongTenant({ given, expected }: TenantMismatch): ApprovalError {
  const [, hint] = messages.wrong_tenant
  const message = `The approval is of tenant ${given}, but tenantId is ${expected}, so nothing was done.`
  return new ApprovalError({ code: 'wrong_tenant', message, hint })
}

const messages: Readonly<Record<ApprovalErrorCode, readonly [message: string, hint: string]>> = {
  approval_denied: [
    'The approver denied the request, so nothing was done.',
    'Do not repeat the request; do something else, or explain why it is needed.',
  ],
  approval_expired: [
    'The approval request expired before anybody answered, so nothing was done.',
    'Ask again when the approver is available.',
  ],
  approval_timeout: [
    'Nobody approved in time, so nothing was done.',
    'Ask again when the approver is available, or raise `timeoutMs` of the approval.',
  ],
  approval_cancelled: [
    'This question was given up, so nothing was done.',
    'Ask for a new approval.',
  ],
  approval_required: [
    'This call needs the approval of a person, and none can be asked.',
    'Name an approver in the approval rule, or in `ciba.loginHint` of the client.',
  ],
  approval_rate_limited: [
    'AuthSec accepts no more approval requests at the moment, so nothing was done.',
    'Wait for a few minutes.',
  ],
  approver_not_found: [
    'AuthSec does not know the approver, so nothing was done.',
    "Check the approver's e-mail address; in the tenant flow the user must be registered under the client ID of `ciba.clientId`.",
  ],
  approver_has_no_device: [
    'The approver has no device to be asked on, so nothing was done.',
    'The approver must register a device in the AuthSec app.',
  ],
  action_not_json: [
    'The action to approve is not plain JSON, so nobody was asked and nothing was done.',
    'Give the tool an input of texts, finite numbers, booleans, null, lists and plain objects; a date as a text.',
  ],
  message_too_long: [
    "The question about this call does not fit on the approver's device, so nobody was asked and nothing was done.",
    'Shorten the message of the approval rule, or name fewer values in it.',
  ],
  wrong_tenant: [
    'The approval is of another tenant than `tenantId`, so nothing was done.',
    'Correct AUTHSEC_TENANT_ID (option tenantId), `ciba.clientId`, or the e-mail address of the approver.',
  ],
  approval_mismatch: [
    'The request is not the one that was approved, so nothing was done.',
    'Ask for a new approval.',
  ],
  approval_used: [
    'This approval was used before, so nothing was done.',
    'One approval executes one call, once. Ask for a new approval.',
  ],
  approver_mismatch: [
    'Somebody else than the approver answered, so nothing was done.',
    'Look up who answered in the AuthSec logs, and check that the rule names the address that AuthSec knows the approver by.',
  ],
  pending_altered: [
    'The pending approval is not the question that was asked, so its answer is no approval.',
    'Poll with exactly what `startApproval` or the last `pollApproval` returned.',
  ],
  approval_outcome_unknown: [
    "AuthSec's answer to the approval request was lost, so nothing was done.",
    'The approver may have been asked already. Ask again only when that is clear.',
  ],
  client_rejected: [
    'AuthSec does not accept this client for approvals, so nothing was done.',
    'Check `ciba.clientId` and `ciba.clientSecret`; newer servers require both.',
  ],
  approval_failed: [
    'AuthSec could not handle the approval, so nothing was done.',
    'Check AUTHSEC_BASE_URL and the `ciba` options, and look up the request in the AuthSec logs.',
  ],
}
