import { ApprovalError, type ApprovalErrorCode } from '../errors.ts'
import { failureText, type HttpFailure } from '../http/http-failure.ts'
import { refusalText, type TurnRefused } from '../limiter/turn-refused.ts'
import type { TenantMismatch } from '../token/tenant.ts'

/** The error for a request of the approval flow that got no answer. */
export function failureError(failure: HttpFailure): ApprovalError {
  const code = failure.mayHaveBeenSent ? 'approval_outcome_unknown' : 'approval_failed'
  const text = failureText(failure, 'The AuthSec server', approvalMessages[code])
  return new ApprovalError({ code, ...text, cause: failure })
}

/** The error for a question whose turn at the server does not come in time. */
export function refusedError(refused: TurnRefused): ApprovalError {
  const text = refusalText(refused, 'so nobody was asked and nothing was done')
  const { retryAt } = refused
  return new ApprovalError({ code: 'approval_rate_limited', ...text, retryAt, cause: refused })
}

export function approvalError(
  code: ApprovalErrorCode,
  facts: Partial<ConstructorParameters<typeof ApprovalError>[0]> = {},
): ApprovalError {
  const [message, hint] = approvalMessages[code]
  return new ApprovalError({ code, message, hint, ...facts })
}

/** The error for an approval by somebody of another tenant than the configured one. */
export function wrongTenant({ given, expected }: TenantMismatch): ApprovalError {
  const [, hint] = approvalMessages.wrong_tenant
  const message = `The approval is of tenant ${given}, but tenantId is ${expected}, so nothing was done.`
  return new ApprovalError({ code: 'wrong_tenant', message, hint })
}

/** The message of each code, and the hint that names the remedy. */
export const approvalMessages: Readonly<
  Record<ApprovalErrorCode, readonly [message: string, hint: string]>
> = {
  approval_pending: [
    'A person has been asked to approve this call and has not answered yet, so nothing was done so far. Do not repeat the call: it is carried on when there is an answer.',
    'Repeat the same call with `approved` set to the pending approval or its sealed form, at the earliest after `intervalSeconds`.',
  ],
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
    'This approval was used before, so nothing was done this time.',
    'One approval executes one call, once. If a process ended in the middle of the call, look whether it was carried out before you ask again.',
  ],
  approval_invalid: [
    'This sealed approval cannot be opened here, so nothing was done.',
    'It was altered, or sealed for another agent or server, or with a key that `approvals.keys` (AUTHSEC_APPROVAL_KEYS) of this process does not have. Without keys only the process that asked can open it.',
  ],
  approval_not_claimed: [
    'It is not certain that this approval was not used by another process, so nothing was done.',
    'Look at the store that the option `store` names, and ask for a new approval.',
  ],
  approver_mismatch: [
    'Somebody else than the approver answered, so nothing was done.',
    'Look up who answered in the AuthSec logs, and check that the rule names the address that AuthSec knows the approver by.',
  ],
  pending_altered: [
    'The pending approval is not the question that was asked, so its answer is no approval.',
    'Use exactly what `startApproval` or the last `pollApproval` returned, in the process that asked; `sealApproval` makes a text of it for others.',
  ],
  approver_refused: [
    'The approver would be one that the call itself names, so nobody was asked and nothing was done.',
    "Return from `approver` an address of your own configuration or of the user's context, not a parameter of the call.",
  ],
  session_required: [
    'The Agent Action Guard needs the session of a user, so nobody was asked and nothing was done.',
    'Set AUTHSEC_API_TOKEN (option apiToken) to a valid session token, or use `channel: "ciba"`.',
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
