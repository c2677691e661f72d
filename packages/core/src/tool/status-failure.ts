import type { SecureFetchResponse } from '../call/response-guard.ts'
import type { TokenProblem } from '../http/challenge.ts'
import type { ToolFailure } from './outcome.ts'

/** The failure that an HTTP error status is, in our words alone. */
export function statusFailure(response: SecureFetchResponse): ToolFailure {
  const { status, tokenProblem, missingPermission } = response
  if (missingPermission !== undefined) return insufficientScope(missingPermission)
  const { code, message, retryable = false } = statusMeanings[status] ?? otherStatus(status)
  if (tokenProblem === undefined) {
    return { ok: false, code, message: `${message} (HTTP ${status})`, retryable }
  }
  const sentence = `${message} ${tokenProblems[tokenProblem]} (HTTP ${status})`
  return { ok: false, code, message: sentence, retryable, tokenProblem }
}

/** Our words for what the API says about the token; its own are not repeated here. */
const tokenProblems: Readonly<Record<TokenProblem, string>> = {
  token_expired: 'It has expired.',
  token_not_active: 'It is not valid yet.',
  token_revoked: 'It was revoked.',
  wrong_audience: 'It was issued for another audience.',
  wrong_issuer: 'It was issued by another issuer or for another tenant.',
}

function insufficientScope(scope: string): ToolFailure {
  const message = `The API requires the permission ${scope}, which the agent's token does not have. (HTTP 403)`
  return {
    ok: false,
    code: 'insufficient_scope' satisfies OutcomeCode,
    message,
    retryable: false,
  }
}

/** The codes of outcomes that no error has: an HTTP error status, or arguments that are not valid. */
export type OutcomeCode =
  | 'invalid_input'
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'insufficient_scope'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'server_error'
  | 'http_error'

interface StatusMeaning {
  code: OutcomeCode
  message: string
  retryable?: boolean
}

const statusMeanings: Readonly<Record<number, StatusMeaning>> = {
  400: { code: 'bad_request', message: 'The API did not accept the arguments.' },
  401: { code: 'unauthorized', message: "The API did not accept the agent's token." },
  403: { code: 'forbidden', message: 'The API does not let this agent do that.' },
  404: { code: 'not_found', message: 'The API has nothing at this endpoint.' },
  409: {
    code: 'conflict',
    message: 'The API refused the call because of a conflict with its present state.',
  },
  422: { code: 'bad_request', message: 'The API did not accept the arguments.' },
  429: { code: 'rate_limited', message: 'The API is receiving too many calls.', retryable: true },
}

function otherStatus(status: number): StatusMeaning {
  if (status >= 500) {
    return { code: 'server_error', message: 'The API failed to answer.', retryable: true }
  }
  return { code: 'http_error', message: 'The API refused the call.' }
}
