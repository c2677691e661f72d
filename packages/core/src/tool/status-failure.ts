import type { SecureFetchResponse } from '../call/response-guard.ts'
import { tokenProblemText } from '../http/challenge.ts'
import { isWebPage } from '../support/error-body.ts'
import type { ToolFailure } from './outcome.ts'

/** The failure that an HTTP error status is, in our words alone. */
export function statusFailure(response: SecureFetchResponse): ToolFailure {
  const { status, tokenProblem, missingPermission } = response
  if (missingPermission !== undefined) return insufficientScope(missingPermission)
  const { code, message, retryable = false } = statusMeanings[status] ?? otherStatus(status)
  if (tokenProblem === undefined) {
    const sentences = [message, ...moreAbout(response), `(HTTP ${status})`].join(' ')
    return { ok: false, code, message: sentences, retryable }
  }
  const sentence = `${message} ${tokenProblemText(tokenProblem)} (HTTP ${status})`
  return { ok: false, code, message: sentence, retryable, tokenProblem }
}

/** The codes of `@authsec/verify` for an outage. */
const UNVERIFIED: readonly unknown[] = ['keys_unavailable', 'check_unavailable']
const NO_AUTHSEC =
  'It does not reach AuthSec to check the token: its operator finds the cause in its log.'
const PAGE =
  'A web page answered: the base URL of the resource may be wrong, or a login page or proxy is in front of the API.'

/** What is known of a status beyond itself. Of the API's words only codes that are known are read. */
function moreAbout(response: SecureFetchResponse): string[] {
  const error: unknown = Object(response.data).error
  if (response.status === 503 && UNVERIFIED.includes(error)) return [NO_AUTHSEC]
  return isWebPage(response) ? [PAGE] : []
}

function insufficientScope(scope: string): ToolFailure {
  const message = `The API requires the permission ${scope}, which the agent's token does not have: an administrator has to delegate it. (HTTP 403)`
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
