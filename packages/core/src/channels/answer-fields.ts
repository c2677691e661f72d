import type { ApprovalError, ApprovalErrorCode } from '../errors.ts'
import type { HttpResponse } from '../http/send-request.ts'
import { isWebPage, WEB_PAGE_HINT } from '../support/error-body.ts'
import { approvalError } from './approval-errors.ts'

/** With the server's name for the request, by which its logs are searched. */
export function errorFor(code: ApprovalErrorCode, response: HttpResponse): ApprovalError {
  const { status, headers } = response
  const facts = { status, requestId: headers['x-request-id'] }
  if (!isWebPage(response)) return approvalError(code, facts)
  const message = `A web page answered in place of AuthSec (HTTP ${status}), so nothing was done.`
  return approvalError(code, { ...facts, message, hint: WEB_PAGE_HINT })
}

export function statusError(status: number): ApprovalErrorCode {
  if (status === 401 || status === 403) return 'client_rejected'
  if (status === 429) return 'approval_rate_limited'
  // After a 5xx or a 200 without an id the question may be on the device already.
  return status >= 500 || status === 200 ? 'approval_outcome_unknown' : 'approval_failed'
}

/** CIBA Core 7.3. A number outside the range is moved to its end; anything else is the default. */
export function within(
  value: unknown,
  { least, most, fallback }: Record<'least' | 'most' | 'fallback', number>,
): number {
  const isUsable = typeof value === 'number' && value > 0
  return isUsable ? Math.min(most, Math.max(least, value)) : fallback
}
