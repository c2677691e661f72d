/** Codes that say that a rule, AuthSec or a person did not permit the call: those of the audit log. */
const REFUSALS: ReadonlySet<string> = new Set([
  'client_id_rejected',
  'authentication_required',
  'access_refused',
  'client_not_found',
  'no_active_delegation',
  'delegation_expired',
  'request_rejected',
  'wrong_client',
  'wrong_tenant',
  'address_blocked',
  'resource_unknown',
  'endpoint_refused',
  'method_refused',
  'query_refused',
  'header_refused',
  'request_too_large',
  'body_not_json',
  'body_unsupported',
  'permission_missing',
  'audience_mismatch',
  'budget_exceeded',
  'audit_unavailable',
  'approval_pending',
  'approval_denied',
  'approval_expired',
  'approval_timeout',
  'approval_cancelled',
  'approval_required',
  'approval_rate_limited',
  'approver_not_found',
  'approver_has_no_device',
  'action_not_json',
  'message_too_long',
  'approval_mismatch',
  'approval_used',
  'approval_invalid',
  'approval_not_claimed',
  'approver_mismatch',
  'approver_refused',
  'pending_altered',
  'session_required',
  'client_rejected',
])

/** As the audit log says it. What was sent was not refused by us. */
export function outcomeOfCode(code: string, attempts: number | undefined): 'refused' | 'failed' {
  return REFUSALS.has(code) && !attempts ? 'refused' : 'failed'
}

/** How a question ended, as the audit log says it. */
export function outcomeOfApproval(outcome: string | undefined): string {
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
