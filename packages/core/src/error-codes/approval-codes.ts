import { approvalMessages as messages } from '../channels/approval-errors.ts'
import type { ApprovalErrorCode } from '../errors.ts'
import { type ErrorCodeEntry, entryOf } from './entry.ts'
import type { RequestErrorCode } from './request-codes.ts'

type Code = Exclude<ApprovalErrorCode, RequestErrorCode>

const causes: Readonly<Record<Code, string>> = {
  approval_pending: 'The approver has not looked at the question yet.',
  approval_denied: 'The approver looked at the question and refused it.',
  approval_expired: 'The approver was away, or the question reached no device.',
  approval_timeout: 'The approver took longer than `timeoutMs` of the approval.',
  approval_cancelled: 'The program or the user stopped waiting for the answer.',
  approval_required: 'A rule requires an approval, and no approver is named.',
  approval_rate_limited:
    'The agent asks too often, too many questions are open, or the approver has just denied one.',
  approver_not_found: 'The e-mail address is misspelt, or is registered in another tenant.',
  approver_has_no_device: 'The approver has never signed in to the AuthSec app.',
  action_not_json:
    'The input of the tool holds a date, a class, a function or another value that JSON has not.',
  message_too_long: 'The message of the rule and the values in it are longer than a device shows.',
  approval_mismatch: 'The call was changed after a person approved it.',
  approval_used: 'The approval was given to a second call, or a process ended in the middle.',
  approval_invalid:
    'The text was altered, or sealed by another agent, for another server or with another key.',
  approval_not_claimed: 'The store did not answer, so another process may have used the approval.',
  approver_mismatch: 'AuthSec reports an answer by somebody other than the person who was asked.',
  approver_refused: 'The approver was taken from the arguments of the model.',
  pending_altered: 'The pending approval was copied, changed, or comes from another process.',
  session_required: 'The channel needs a signed-in user, and no session token is set.',
  approval_outcome_unknown: 'The connection broke or timed out after the question was sent.',
  client_rejected: 'Client ID or client secret of the approval flow is missing or wrong.',
  approval_failed: 'AuthSec was not reached, or its answer to the question cannot be used.',
}

/** Why a call that needs an approval was not sent. */
export const approvalCodes = Object.fromEntries(
  Object.entries(causes).map(([code, cause]) => [code, entryOf(messages[code as Code], cause)]),
) as Readonly<Record<Code, ErrorCodeEntry>>
