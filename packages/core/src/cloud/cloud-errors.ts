import { CloudExchangeError, type CloudExchangeErrorCode } from '../errors.ts'
import {
  failureText,
  type HttpFailure,
  type HttpFailureKind,
  PROXY_HINT,
} from '../http/http-failure.ts'
import type { HttpResponse } from '../http/send-request.ts'
import { refusalText, type TurnRefused } from '../limiter/turn-refused.ts'
import { isWebPage, WEB_PAGE_HINT } from '../support/error-body.ts'

/** The error for an exchange without an answer. */
export function exchangeFailure(failure: HttpFailure): CloudExchangeError {
  const code = codeByFailure[failure.kind]
  const [message, hint, retryable] = cloudMessages[code]
  const text = failureText(failure, 'The AuthSec server', [message, hint])
  return new CloudExchangeError({ code, ...text, retryable, cause: failure })
}

/** The error for an exchange whose turn does not come in time. */
export function exchangeRefused(refused: TurnRefused): CloudExchangeError {
  const { status, requestId, retryAt } = refused
  const facts = { status, requestId, retryAt, retryable: true, cause: refused }
  return new CloudExchangeError({ code: 'rate_limited', ...refusalText(refused), ...facts })
}

const codeByFailure: Readonly<Record<HttpFailureKind, CloudExchangeErrorCode>> = {
  network_error: 'network_error',
  address_blocked: 'address_blocked',
  tls_error: 'tls_error',
  proxy_refused: 'proxy_refused',
  timeout: 'timeout',
  redirect_blocked: 'invalid_response',
  response_too_large: 'invalid_response',
  invalid_response: 'invalid_response',
}

/** The error for an answer that is no usable credential. */
export function cloudError(
  code: CloudExchangeErrorCode,
  response?: HttpResponse,
): CloudExchangeError {
  const [message, hint, retryable] = cloudMessages[code]
  const { status, headers } = response ?? {}
  const facts = { code, retryable, status, requestId: headers?.['x-request-id'] }
  if (!response || !isWebPage(response)) return new CloudExchangeError({ ...facts, message, hint })
  const said = `A web page answered the exchange in place of AuthSec (HTTP ${status}).`
  return new CloudExchangeError({ ...facts, message: said, hint: WEB_PAGE_HINT })
}

/** The message of each code, and the hint that names the remedy. */
export const cloudMessages: Readonly<
  Record<CloudExchangeErrorCode, readonly [message: string, hint: string, retryable?: boolean]>
> = {
  not_available: [
    'This AuthSec server does not exchange delegation tokens for cloud credentials.',
    'Public servers currently return 401 invalid_grant, 500 or 501 here: ask the AuthSec administrator whether the exchange is enabled.',
  ],
  authentication_required: [
    'AuthSec requires an authenticated caller for the exchange.',
    'Set AUTHSEC_API_TOKEN (option apiToken) to a valid session token.',
  ],
  request_rejected: [
    'AuthSec refused the exchange for cloud credentials.',
    'Check the options of the exchange: role, tenant, project and service account.',
  ],
  invalid_response: [
    'AuthSec answered the exchange with an unusable credential.',
    'A credential must carry an expiry; check that no proxy answers in place of AuthSec.',
  ],
  rate_limited: [
    'AuthSec receives too many requests from this address for the exchange.',
    'An address may send 100 requests a minute: set `rateLimit.requestsPerMinute` to the part of this process.',
    true,
  ],
  server_error: [
    'AuthSec is not available for the exchange at the moment.',
    'Try again later.',
    true,
  ],
  network_error: [
    'AuthSec cannot be reached for the exchange.',
    'Check AUTHSEC_BASE_URL, the network and the server.',
    true,
  ],
  address_blocked: [
    'The name of the AuthSec server resolves to an address that is never connected to.',
    'Check AUTHSEC_BASE_URL and the resolver: plain http reaches loopback only, and link-local and metadata addresses are refused.',
  ],
  tls_error: [
    'The certificate of the AuthSec server is not trusted for the exchange.',
    'Check AUTHSEC_BASE_URL; a private authority is added with NODE_EXTRA_CA_CERTS.',
  ],
  proxy_refused: ['The proxy does not connect to the AuthSec server.', PROXY_HINT],
  timeout: [
    'AuthSec did not answer the exchange in time.',
    'Try again, or raise `timeoutMs`.',
    true,
  ],
}
