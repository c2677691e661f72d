import type { Context } from 'hono'
import type { JsonFields } from '../server/json-fields.ts'
import type { ApprovalRequest } from './approval-requests.ts'
import { EXPIRES_IN_SECONDS } from './decidable-request.ts'

/** The responses that both flows share. The file of a flow holds what differs. */
export const DEFAULT_SCOPES: readonly string[] = ['openid', 'email', 'profile']

/** The server takes an empty list for an absent one. */
export function scopesOf(fields: JsonFields): readonly string[] {
  const scopes = fields.list('scopes') ?? []
  return scopes.length === 0 ? DEFAULT_SCOPES : scopes
}

/** The column is `varchar(255)`. The server checks no length, so the insert fails (contract 3.2). */
export function isTooLong(bindingMessage: string): boolean {
  return [...bindingMessage].length > 255
}

export const COLUMN_ERROR = 'ERROR: value too long for type character varying(255)'

export function initiateResponse(c: Context, request: ApprovalRequest): Response {
  return c.json({
    auth_req_id: request.authReqId,
    expires_in: EXPIRES_IN_SECONDS,
    interval: request.intervalSeconds,
    message: 'Authentication request sent to your device',
  })
}

const initiateErrors = {
  user_not_found: 'User not found',
  no_device_registered: 'The user has no registered device',
  invalid_client: 'The client is not known',
}

/** The struct of a success with empty fields and an error (contract 0.2, E4). */
export function initiateError(
  c: Context,
  error: keyof typeof initiateErrors,
  status: 200 | 400,
): Response {
  const error_description = initiateErrors[error]
  return c.json({ auth_req_id: '', expires_in: 0, interval: 0, error, error_description }, status)
}

const pollErrors = {
  pending: ['authorization_pending', 'The user has not responded yet'],
  slow_down: ['slow_down', 'Polling too often'],
  denied: ['access_denied', 'The user denied the request'],
  unknown: ['expired_token', 'Request not found or expired'],
  expired: ['expired_token', 'The request has expired'],
  consumed: ['expired_token', 'Request already used'],
} as const

export function clientError(c: Context, status: 400 | 401, error_description: string): Response {
  return c.json({ error: 'invalid_client', error_description }, status)
}

export function pollError(
  c: Context,
  state: keyof typeof pollErrors,
  status: 200 | 202 | 400 | 403,
): Response {
  const [error, error_description] = pollErrors[state]
  return c.json({ error, error_description }, status)
}

export function tokenResponse(
  c: Context,
  access_token: string,
  expires_in: number,
  { scopes }: ApprovalRequest,
): Response {
  return c.json({ access_token, token_type: 'Bearer', expires_in, scope: scopes.join(' ') })
}
