import { ApprovalError, type ApprovalErrorCode } from '../errors.ts'
import type { HttpFailure, HttpResponse } from '../http/send-request.ts'
import { parseErrorBody, parseObject } from '../support/error-body.ts'
import { retryAfter } from '../support/server-time.ts'

/** Where a question stands after one poll. */
export type PollState =
  | { state: 'approved'; accessToken: string }
  | { state: 'pending'; slowDown: boolean; retryAt?: Date | undefined }
  | { state: 'denied' }
  /** Expired, unknown or collected before: the server does not say which (contract 3.3). */
  | { state: 'gone' }
  /** No answer, or one that cannot be used; it may have been the one with the approval. */
  | { state: 'no_answer'; mayBeLost: boolean; error: ApprovalError }
  | { state: 'refused'; error: ApprovalError }

/** The flow's control is in the body: first the token, then the error code, last the status (contract 3.6). */
export function readPoll(response: HttpResponse, now: number): PollState {
  const { status } = response
  const text = response.body.toString('utf8')
  const body = parseObject(text)
  const token = body?.['access_token']
  if (typeof token === 'string' && token !== '') return { state: 'approved', accessToken: token }
  const { error } = parseErrorBody(text)
  if (error === 'authorization_pending') return { state: 'pending', slowDown: false }
  if (error === 'slow_down' || status === 429 || status === 503) {
    const retryAt = retryAfter(response.headers['retry-after'], now)
    return { state: 'pending', slowDown: true, retryAt }
  }
  if (error === 'access_denied') return { state: 'denied' }
  if (error === 'expired_token') return { state: 'gone' }
  if (error === 'server_error' || status >= 500 || status === 408 || status === 200) {
    return { state: 'no_answer', mayBeLost: true, error: approvalError('approval_failed', status) }
  }
  const refused = error === 'invalid_client' || status === 401 || status === 403
  return {
    state: 'refused',
    error: approvalError(refused ? 'client_rejected' : 'approval_failed', status),
  }
}

export function readStart(response: HttpResponse): {
  authReqId: string
  expiresInSeconds: number
  intervalSeconds: number
} {
  const text = response.body.toString('utf8')
  const body = parseObject(text) ?? {}
  const { error } = parseErrorBody(text)
  // The error comes first: with some of them the status is 200 (contract 3.2).
  const authReqId = body['auth_req_id']
  if (error || response.status !== 200 || typeof authReqId !== 'string' || authReqId === '') {
    throw approvalError(startErrors[error ?? ''] ?? statusError(response.status), response.status)
  }
  return {
    authReqId,
    expiresInSeconds: positiveNumber(body['expires_in'], 300),
    intervalSeconds: positiveNumber(body['interval'], 5),
  }
}

const startErrors: Readonly<Record<string, ApprovalErrorCode>> = {
  user_not_found: 'approver_not_found',
  no_device_registered: 'approver_has_no_device',
  invalid_client: 'client_rejected',
}

function statusError(status: number): ApprovalErrorCode {
  if (status === 401 || status === 403) return 'client_rejected'
  if (status === 429) return 'approval_rate_limited'
  // After a 5xx or a 200 without an id the question may be on the device already.
  return status >= 500 || status === 200 ? 'approval_outcome_unknown' : 'approval_failed'
}

/** CIBA Core 7.3: finite, positive; anything else is the default. */
function positiveNumber(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : fallback
}

/** The error for a request of the approval flow that got no answer. */
export function failureError(failure: HttpFailure): ApprovalError {
  const code = failure.mayHaveBeenSent ? 'approval_outcome_unknown' : 'approval_failed'
  return approvalError(code, undefined, failure)
}

export function approvalError(
  code: ApprovalErrorCode,
  status?: number,
  cause?: unknown,
): ApprovalError {
  const [message, hint] = messages[code]
  return new ApprovalError({ code, message, hint, status, cause })
}

const messages: Readonly<Record<ApprovalErrorCode, readonly [message: string, hint: string]>> = {
  approval_denied: [
    'The approver said no, so nothing was done.',
    'Do not repeat the request; do something else, or explain why it is needed.',
  ],
  approval_expired: [
    'The approval ran out before anybody answered, so nothing was done.',
    'Ask again when the approver is available.',
  ],
  approval_timeout: [
    'Nobody approved in time, so nothing was done.',
    'Ask again when the approver is available, or raise `timeoutMs` of the approval.',
  ],
  approval_required: [
    'This call needs the approval of a person, and none can be asked.',
    'Name an approver in the approval rule, or in `ciba.loginHint` of the client.',
  ],
  approval_rate_limited: [
    'AuthSec takes no more approval requests at the moment, so nothing was done.',
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
  approval_mismatch: [
    'The request is not the one that was approved, so nothing was done.',
    'Ask for a new approval.',
  ],
  approval_outcome_unknown: [
    "AuthSec's answer to the approval request was lost, so nothing was done.",
    'The approver may have been asked already. Ask again only when that is clear.',
  ],
  client_rejected: [
    'AuthSec does not accept this client for approvals, so nothing was done.',
    'Check `ciba.clientId` and `ciba.clientSecret`; newer servers want both.',
  ],
  approval_failed: [
    'AuthSec could not handle the approval, so nothing was done.',
    'Check AUTHSEC_BASE_URL and the `ciba` options, and look up the request in the AuthSec logs.',
  ],
}
