import type {
  ApprovalErrorCode,
  CloudExchangeErrorCode,
  DelegationErrorCode,
  ResourceErrorCode,
} from '../errors.ts'
import type { ApprovalOutcome } from '../events.ts'
import type { AuditOutcome } from './audit-record.ts'

type CallCode = ResourceErrorCode | ApprovalErrorCode | DelegationErrorCode | CloudExchangeErrorCode

/** Codes of what went wrong. All others say that a rule, AuthSec or a person did not permit the call. */
const failures = {
  wrong_base_url: true,
  redirect_blocked: true,
  invalid_response: true,
  rate_limited: true,
  server_error: true,
  network_error: true,
  tls_error: true,
  proxy_refused: true,
  timeout: true,
  client_closed: true,
  response_too_large: true,
  unexpected_content_type: true,
  approval_outcome_unknown: true,
  approval_failed: true,
  not_available: true,
} as const satisfies { readonly [Code in CallCode]?: true }

type Refusal = Exclude<CallCode, keyof typeof failures>

/** Listed, so that a new code has to be put on one side. A code that is on neither side is a failure. */
const refusals: { readonly [Code in Refusal]: true } = {
  client_id_rejected: true,
  authentication_required: true,
  access_refused: true,
  client_not_found: true,
  no_active_delegation: true,
  delegation_expired: true,
  request_rejected: true,
  wrong_client: true,
  wrong_tenant: true,
  address_blocked: true,
  resource_unknown: true,
  endpoint_refused: true,
  method_refused: true,
  query_refused: true,
  header_refused: true,
  request_too_large: true,
  body_not_json: true,
  body_unsupported: true,
  permission_missing: true,
  audience_mismatch: true,
  budget_exceeded: true,
  audit_unavailable: true,
  approval_pending: true,
  approval_denied: true,
  approval_expired: true,
  approval_timeout: true,
  approval_cancelled: true,
  approval_required: true,
  approval_rate_limited: true,
  approver_not_found: true,
  approver_has_no_device: true,
  action_not_json: true,
  message_too_long: true,
  approval_mismatch: true,
  approval_used: true,
  approval_invalid: true,
  approval_not_claimed: true,
  approver_mismatch: true,
  approver_refused: true,
  pending_altered: true,
  session_required: true,
  client_rejected: true,
}

/** Whether a call that ended with this code was refused, or failed. What was sent was not refused by us. */
export function outcomeOfCode(code: string, attempts: number | undefined): 'refused' | 'failed' {
  return Object.hasOwn(refusals, code) && !attempts ? 'refused' : 'failed'
}

/** How the question of an approval ended. */
export function outcomeOfApproval(outcome: ApprovalOutcome): AuditOutcome {
  switch (outcome) {
    case 'approved':
    case 'cancelled':
      return outcome
    case 'approval_denied':
      return 'denied'
    case 'approval_expired':
    case 'approval_timeout':
      return 'expired'
    case 'approval_cancelled':
      return 'cancelled'
    default:
      return 'failed'
  }
}
