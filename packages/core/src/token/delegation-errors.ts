import { type AuthSecErrorOptions, DelegationError, type DelegationErrorCode } from '../errors.ts'
import { failureText, type HttpFailure, PROXY_HINT } from '../http/http-failure.ts'
import type { HttpResponse } from '../http/send-request.ts'
import { refusalText, type TurnRefused } from '../limiter/turn-refused.ts'
import { isWebPage, parseErrorBody, WEB_PAGE_HINT } from '../support/error-body.ts'
import { retryAfterMs } from '../support/header-times.ts'
import { bodyText } from '../support/json-object.ts'
import type { TenantMismatch } from './tenant.ts'

type Facts = Partial<AuthSecErrorOptions<DelegationErrorCode>>
type Message = readonly [message: string, hint: string, retryable?: boolean]

const DELEGATE_AGAIN = 'Ask the AuthSec administrator to delegate to this agent again.'

/** Answers of the token endpoint after which no token may be used any more. */
const finalErrors = {
  client_id_rejected: [
    'AuthSec does not accept the client ID.',
    'Copy AUTHSEC_AGENT_CLIENT_ID again from the AuthSec dashboard.',
  ],
  authentication_required: [
    'This AuthSec server requires an authenticated caller.',
    'Set AUTHSEC_API_TOKEN (option apiToken) to a valid session token.',
  ],
  access_refused: [
    'AuthSec refuses to hand out this delegation token.',
    'Ask the AuthSec administrator whether this caller may read it.',
  ],
  client_not_found: [
    'AuthSec does not know this agent.',
    'Check AUTHSEC_AGENT_CLIENT_ID, and that this is the right server.',
  ],
  no_active_delegation: [
    'There is no active delegation for this agent: none was made, or it was revoked or has expired.',
    DELEGATE_AGAIN,
  ],
  delegation_expired: ['The delegation of this agent has expired.', DELEGATE_AGAIN],
  request_rejected: [
    'AuthSec refused the request for a delegation token (HTTP {status}).',
    'Check AUTHSEC_BASE_URL, and the version of the server.',
  ],
  wrong_client: [
    "AuthSec answered with another agent's token, which was discarded.",
    'Check for a cache or proxy in front of AuthSec.',
  ],
  wrong_tenant: [
    "AuthSec answered with another tenant's token, which was discarded.",
    'Correct AUTHSEC_TENANT_ID (option tenantId), or AUTHSEC_AGENT_CLIENT_ID and AUTHSEC_BASE_URL.',
  ],
} satisfies Partial<Record<DelegationErrorCode, Message>>

/** AuthSec was not reached, or its answer cannot be used: the current token stays valid until it expires. */
const transientErrors = {
  wrong_base_url: [
    'The server has no AuthSec API at this address (HTTP {status}).',
    'Set AUTHSEC_BASE_URL to the root of the AuthSec server.',
  ],
  redirect_blocked: [
    'AuthSec answered with a redirect, which is never followed.',
    'Set AUTHSEC_BASE_URL to the final address of the server.',
  ],
  invalid_response: [
    'The answer of AuthSec is not a delegation token.',
    'Check AUTHSEC_BASE_URL, and for a proxy in front of AuthSec.',
    true,
  ],
  rate_limited: [
    'AuthSec receives too many requests from this address.',
    'An address may send 100 requests a minute: set `rateLimit.requestsPerMinute` to the part of this process.',
    true,
  ],
  server_error: [
    'AuthSec is not available at the moment (HTTP {status}).',
    'Try again later, or look up the request ID in the AuthSec logs.',
    true,
  ],
  network_error: [
    'The AuthSec server cannot be reached.',
    'Check AUTHSEC_BASE_URL, the network and the server.',
    true,
  ],
  address_blocked: [
    'The name of the AuthSec server resolves to an address that is never connected to.',
    'Check AUTHSEC_BASE_URL and the resolver: plain http reaches loopback only, and link-local and metadata addresses are refused.',
  ],
  tls_error: [
    'The certificate of the AuthSec server is not trusted.',
    'Check AUTHSEC_BASE_URL; a private authority is added with NODE_EXTRA_CA_CERTS.',
  ],
  proxy_refused: ['The proxy does not connect to the AuthSec server.', PROXY_HINT],
  timeout: ['AuthSec did not answer in time.', 'Check the network, or raise `timeoutMs`.', true],
  client_closed: [
    'This AuthSec client has been closed.',
    'Create a new client, or close it later.',
  ],
} satisfies Partial<Record<DelegationErrorCode, Message>>

/** The message of each code, and the hint that names the remedy. */
export const delegationMessages: Readonly<Record<DelegationErrorCode, Message>> = {
  ...finalErrors,
  ...transientErrors,
}

export function isFinal(error: DelegationError): boolean {
  return Object.hasOwn(finalErrors, error.code)
}

/** The error for a code. Given facts take precedence over the default message, hint and `retryable`. */
export function delegationError(code: DelegationErrorCode, facts: Facts = {}): DelegationError {
  const [message, hint, retryable] = delegationMessages[code]
  return new DelegationError({ code, message, hint, retryable, ...facts })
}

/** The error for a token of another tenant than the configured one. */
export function wrongTenant(
  { given, expected }: TenantMismatch,
  response: HttpResponse,
): DelegationError {
  const message = `AuthSec answered with a token of tenant ${given}, but tenantId is ${expected}; it was discarded.`
  return delegationError('wrong_tenant', { ...factsOf(response), message })
}

/** Status and request ID of an answer, for the error. */
export function factsOf({ status, headers }: HttpResponse): Facts {
  return { status, requestId: headers['x-request-id'] }
}

/** The error for an answer that is not 200 (contract 1.3). */
export function responseError(response: HttpResponse, now: number): DelegationError {
  const { status, headers } = response
  const code = status === 404 ? codeOfMissing(response) : codeOf(status)
  const [, , mayPass = false] = delegationMessages[code]
  const retryable = mayPass && status !== 501 && status !== 505
  const pauseMs = retryable ? retryAfterMs(headers, now) : undefined
  return delegationError(code, {
    ...factsOf(response),
    ...responseText(code, response),
    retryable,
    retryAt: pauseMs === undefined ? undefined : new Date(now + pauseMs),
  })
}

/** Message and hint. A web page is never AuthSec's own answer, whatever its status says. */
function responseText(
  code: DelegationErrorCode,
  response: HttpResponse,
): { message: string; hint: string } {
  const [text, hint] = delegationMessages[code]
  const message = text.replace('{status}', String(response.status))
  if (isWebPage(response)) return webPageText(message, hint, response.status)
  if (code !== 'no_active_delegation' || isOfAuthSec(response)) return { message, hint }
  return { message, hint: `${hint} If that was done, ${CHECK_ADDRESS}` }
}

const CHECK_ADDRESS = WEB_PAGE_HINT.replace('Check', 'check')

function webPageText(
  message: string,
  hint: string,
  status: number,
): { message: string; hint: string } {
  if (status === 404) return { message, hint }
  if (status < 500) return { message: webPageMessage(status), hint: WEB_PAGE_HINT }
  const said = message.replace(/\.$/, ': a web page answered in its place.')
  return { message: said, hint: `${hint} If that stays so, ${CHECK_ADDRESS}` }
}

export function webPageMessage(status: number): string {
  return `A web page answered in place of AuthSec (HTTP ${status}).`
}

/** The 404 of the token endpoint itself (contract 1.3). */
function isOfAuthSec({ body }: HttpResponse): boolean {
  return parseErrorBody(bodyText(body)).error?.startsWith('No active delegation') ?? false
}

/** The error for a delegation that is gone after its token was held. */
export function withdrawn(error: DelegationError): DelegationError {
  if (error.code !== 'no_active_delegation') return error
  const { status, requestId, hint } = error
  const message = 'The delegation of this agent was revoked or has expired since its last token.'
  return delegationError('no_active_delegation', { status, requestId, hint, message })
}

const codeByStatus: Readonly<Record<number, DelegationErrorCode>> = {
  400: 'client_id_rejected',
  401: 'authentication_required',
  403: 'access_refused',
  408: 'timeout',
  410: 'delegation_expired',
  425: 'timeout',
  429: 'rate_limited',
}

function codeOf(status: number): DelegationErrorCode {
  return codeByStatus[status] ?? (status >= 500 ? 'server_error' : 'request_rejected')
}

/** A 404 comes from the router (not JSON), or from the endpoint (JSON). */
function codeOfMissing({ body }: HttpResponse): DelegationErrorCode {
  const { error, isJson } = parseErrorBody(bodyText(body))
  if (!isJson) return 'wrong_base_url'
  return error?.startsWith('Client not found') ? 'client_not_found' : 'no_active_delegation'
}

/** The error for a request whose turn does not come in time. `latest`: when it is worth to come again, turn or not. */
export function refusedError(refused: TurnRefused, latest = refused.retryAt): DelegationError {
  const { status, requestId } = refused
  const retryAt = new Date(Math.min(latest.getTime(), refused.retryAt.getTime()))
  const facts = { status, requestId, retryAt, cause: refused }
  const error = delegationError('rate_limited', { ...refusalText(refused), ...facts })
  refusals.add(error)
  return error
}

const refusals = new WeakSet<DelegationError>()

/** Whether the request was sent as often, and has waited as long, as it may. */
export function isRefusal(error: DelegationError): boolean {
  return refusals.has(error)
}

/** Whether the server was not even asked. */
export function isOwnRefusal(error: DelegationError): boolean {
  return refusals.has(error) && error.status === undefined
}

/** The error for a request without a readable answer. */
export function failureError(failure: HttpFailure): DelegationError {
  const code = failure.kind === 'response_too_large' ? 'invalid_response' : failure.kind
  const [message, hint] = delegationMessages[code]
  const text = failureText(failure, 'The AuthSec server', [message, hint])
  return delegationError(code, { ...text, cause: failure })
}
