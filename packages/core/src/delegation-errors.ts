import { parseErrorBody } from './error-body.ts'
import { DelegationError, type DelegationErrorCode } from './errors.ts'
import type { HttpFailure, HttpResponse } from './http.ts'
import { retryAfter } from './retry-after.ts'

/**
 * Answers of the token endpoint after which no token may be used any more. Everything else means
 * that AuthSec could not be asked: a token in hand stays good until it expires.
 */
const FINAL: ReadonlySet<DelegationErrorCode> = new Set([
  'client_id_rejected',
  'authentication_required',
  'access_refused',
  'client_not_found',
  'no_active_delegation',
  'delegation_expired',
  'request_rejected',
  'wrong_client',
])

export function isFinal(error: DelegationError): boolean {
  return FINAL.has(error.code)
}

interface Meaning {
  code: DelegationErrorCode
  message: string
  hint: string
  retryable?: boolean
}

/** The error for an answer that is not 200 (contract 1.3). */
export function responseError(response: HttpResponse, now: number): DelegationError {
  const meaning = meaningOf(response)
  return new DelegationError({
    ...meaning,
    status: response.status,
    requestId: response.headers['x-request-id'],
    retryAt: meaning.retryable ? retryAfter(response.headers['retry-after'], now) : undefined,
  })
}

function meaningOf(response: HttpResponse): Meaning {
  const { status } = response
  const { error, isJson } = parseErrorBody(response.body.toString('utf8'))
  if (status === 404) return isJson ? notFound(error) : wrongBaseUrl
  const known = byStatus[status]
  if (known) return known
  if (status === 408 || status === 425) return { ...unavailable(status), code: 'timeout' }
  if (status === 501 || status === 505) return { ...unavailable(status), retryable: false }
  if (status >= 500) return unavailable(status)
  return {
    code: 'request_rejected',
    message: `AuthSec refused the request for a delegation token (HTTP ${status}).`,
    hint: 'Check the server and its version; this client expects GET /authsec/uflow/sdk/delegation-token.',
  }
}

const byStatus: Readonly<Record<number, Meaning>> = {
  400: {
    code: 'client_id_rejected',
    message: 'AuthSec does not accept the client ID.',
    hint: "Check AUTHSEC_AGENT_CLIENT_ID: it must be the agent's UUID from the AuthSec dashboard.",
  },
  401: {
    code: 'authentication_required',
    message: 'This AuthSec server wants an authenticated caller.',
    hint: 'Newer servers hand out tokens only to a signed-in session: set AUTHSEC_API_TOKEN (option apiToken) to a valid, unexpired session token.',
  },
  403: {
    code: 'access_refused',
    message: 'AuthSec refuses to hand out this delegation token.',
    hint: 'Ask the AuthSec administrator whether this caller may read the delegation of this agent.',
  },
  410: {
    code: 'delegation_expired',
    message: 'The delegation of this agent has expired.',
    hint: 'Ask the AuthSec administrator to delegate to this agent again.',
  },
  429: {
    code: 'rate_limited',
    message: 'AuthSec is receiving too many requests from this address.',
    hint: 'The limit is 100 requests a minute for all agents behind one address; share one client per process.',
    retryable: true,
  },
}

const wrongBaseUrl: Meaning = {
  code: 'wrong_base_url',
  message: 'The server has no AuthSec API at this address (HTTP 404).',
  hint: 'Check AUTHSEC_BASE_URL: it must be the root of the AuthSec server, or end in /authsec.',
}

function notFound(error: string | undefined): Meaning {
  if (error?.startsWith('Client not found')) {
    return {
      code: 'client_not_found',
      message: 'AuthSec does not know this agent.',
      hint: 'Check AUTHSEC_AGENT_CLIENT_ID against the dashboard, and that the agent is registered on this server.',
    }
  }
  return {
    code: 'no_active_delegation',
    message:
      'There is no active delegation for this agent: none was made, or it was revoked or has expired.',
    hint: 'Ask the AuthSec administrator to delegate to this agent (again).',
  }
}

function unavailable(status: number): Meaning {
  return {
    code: 'server_error',
    message: `AuthSec is not available at the moment (HTTP ${status}).`,
    hint: 'Try again later; if it stays so, look up the request ID in the AuthSec logs.',
    retryable: true,
  }
}

/** The error for a request that got no answer. */
export function failureError(failure: HttpFailure): DelegationError {
  return new DelegationError({ ...withoutAnswer[failure.kind], cause: failure })
}

const unusableAnswer: Meaning = {
  code: 'invalid_response',
  message: 'AuthSec answered with something that is not a token.',
  hint: 'Check that baseUrl is the AuthSec server and that no proxy answers in its place.',
  retryable: true,
}

const withoutAnswer: Readonly<Record<HttpFailure['kind'], Meaning>> = {
  network: {
    code: 'network_error',
    message: 'The AuthSec server cannot be reached.',
    hint: 'Check AUTHSEC_BASE_URL, the network, and whether the server is running.',
    retryable: true,
  },
  timeout: {
    code: 'timeout',
    message: 'AuthSec did not answer in time.',
    hint: 'Check the network, or raise `timeoutMs`.',
    retryable: true,
  },
  tls: {
    code: 'tls_error',
    message: 'The certificate of the AuthSec server is not trusted.',
    hint: 'Check the certificate and AUTHSEC_BASE_URL; a private authority is added with NODE_EXTRA_CA_CERTS.',
  },
  redirect: {
    code: 'redirect_blocked',
    message: 'AuthSec answered with a redirect, which is never followed.',
    hint: 'Set AUTHSEC_BASE_URL to the final address of the server, with https.',
  },
  insecure: {
    code: 'tls_error',
    message: 'The AuthSec server may only be asked over https.',
    hint: 'Use an https:// address.',
  },
  too_large: unusableAnswer,
  bad_encoding: unusableAnswer,
}
