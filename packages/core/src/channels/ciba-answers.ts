import type { ApprovalErrorCode } from '../errors.ts'
import type { HttpResponse } from '../http/send-request.ts'
import { parseErrorBody } from '../support/error-body.ts'
import { retryAfterMs } from '../support/header-times.ts'
import { bodyText, parseObject } from '../support/json-object.ts'
import { tenantMismatch } from '../token/tenant.ts'
import { errorFor, statusError, within } from './answer-fields.ts'
import { approvalError, wrongTenant } from './approval-errors.ts'
import type { PollState } from './channel.ts'
import { isSomebodyElse, signedClaims } from './session-claims.ts'

interface PollContext {
  readonly now: number
  readonly approver: string
  readonly tenantId: string | undefined
}

/**
 * An approval is status 200 with a signed token of the approver and no error. Else the error code decides,
 * and last the status (contract 3.6, 3.7).
 */
export function readPoll(
  response: HttpResponse,
  { now, approver, tenantId }: PollContext,
): PollState {
  const { status } = response
  const text = bodyText(response.body)
  const body = parseObject(text)
  const { error } = parseErrorBody(text)
  const token = body?.['access_token']
  // Anything less than a plain success is not an approval, whatever token comes with it.
  if (status === 200 && body?.['error'] === undefined && isText(token)) {
    const claims = signedClaims(token)
    if (claims && isSomebodyElse(claims, approver)) {
      return { state: 'refused', error: approvalError('approver_mismatch') }
    }
    const mismatch = claims && tenantMismatch(tenantId, [body ?? {}, claims])
    if (mismatch) return { state: 'refused', error: wrongTenant(mismatch) }
    if (claims) return { state: 'approved', accessToken: token }
  }
  if (error === 'authorization_pending') return { state: 'pending', slowDown: false }
  if (error === 'slow_down' || status === 429 || status === 503) {
    return { state: 'pending', slowDown: true, retryAfterMs: retryAfterMs(response.headers, now) }
  }
  if (error === 'access_denied') return { state: 'denied' }
  if (error === 'expired_token') return { state: 'gone' }
  if (error === 'server_error' || status >= 500 || status === 408 || status === 200) {
    return { state: 'no_answer', mayBeLost: true, error: errorFor('approval_failed', response) }
  }
  const refused = error === 'invalid_client' || status === 401 || status === 403
  return {
    state: 'refused',
    error: errorFor(refused ? 'client_rejected' : 'approval_failed', response),
  }
}

export function readStart(response: HttpResponse): {
  authReqId: string
  expiresInSeconds: number
  intervalSeconds: number
} {
  const text = bodyText(response.body)
  const body = parseObject(text) ?? {}
  const { error } = parseErrorBody(text)
  // The error comes first: with some of them the status is 200 (contract 3.2).
  const authReqId = body['auth_req_id']
  if (error || response.status !== 200 || typeof authReqId !== 'string' || authReqId === '') {
    throw errorFor(startErrors[error ?? ''] ?? statusError(response.status), response)
  }
  return {
    authReqId,
    expiresInSeconds: within(body['expires_in'], { least: 1, most: 3_600, fallback: 300 }),
    intervalSeconds: within(body['interval'], { least: 1, most: 300, fallback: 5 }),
  }
}

const startErrors: Readonly<Record<string, ApprovalErrorCode>> = {
  user_not_found: 'approver_not_found',
  no_device_registered: 'approver_has_no_device',
  invalid_client: 'client_rejected',
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
