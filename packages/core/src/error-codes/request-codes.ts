import type {
  ApprovalErrorCode,
  CloudExchangeErrorCode,
  DelegationErrorCode,
  ResourceErrorCode,
} from '../errors.ts'
import { PROXY_HINT } from '../http/http-failure.ts'
import type { OutcomeCode } from '../tool/status-failure.ts'
import type { ErrorCodeEntry } from './entry.ts'

/** The codes that requests to AuthSec and calls of APIs share. */
export type RequestErrorCode =
  | (DelegationErrorCode & (ResourceErrorCode | CloudExchangeErrorCode))
  | (DelegationErrorCode & (ApprovalErrorCode | OutcomeCode))

/** The general forms: the message of an error says which server it is about. */
export const requestCodes: Readonly<Record<RequestErrorCode, ErrorCodeEntry>> = {
  network_error: {
    meaning: 'The server cannot be reached, or the connection broke.',
    cause:
      'Nothing listens on the port, the name is unknown, a firewall is in between, or a proxy is needed. `systemCode` names the failure.',
    fix: 'Check the base URL, the network and the server. Behind a proxy, set AUTHSEC_PROXY (option `proxy`).',
  },
  address_blocked: {
    meaning: 'The name of the server resolves to an address that is never connected to.',
    cause:
      'The name of a plain http URL resolves to another machine, or a name resolves to a link-local or metadata address.',
    fix: 'Check the base URL and the resolver: plain http reaches loopback only, and link-local and metadata addresses are refused.',
  },
  tls_error: {
    meaning: 'There is no TLS connection with the server that can be trusted.',
    cause:
      'The certificate is self-signed, of a private authority, expired or for another name; or only one side speaks TLS on this port.',
    fix: 'Check scheme, name and port of the base URL; a private authority is added with NODE_EXTRA_CA_CERTS.',
  },
  proxy_refused: {
    meaning: 'The proxy does not connect to the server.',
    cause: 'The proxy asks for a user name and password, or does not allow this server.',
    fix: PROXY_HINT,
  },
  timeout: {
    meaning: 'The server did not answer in time.',
    cause: 'It is slow or overloaded, the network drops packets, or `timeoutMs` is too short.',
    fix: 'Check the network, or raise `timeoutMs`.',
  },
  redirect_blocked: {
    meaning: 'The server answered with a redirect, which is not followed.',
    cause:
      'The base URL is not the final address of the server: another scheme, host or path, or a login page.',
    fix: 'Set the base URL to the final address of the server.',
  },
  invalid_response: {
    meaning: 'The answer of the server cannot be used.',
    cause:
      'Another server or a proxy answered, or the answer is malformed, too large, or in an encoding that cannot be decoded.',
    fix: 'Check the base URL, and for a proxy in front of the server; send the same request by hand to see the answer.',
  },
  authentication_required: {
    meaning: 'This AuthSec server requires an authenticated caller.',
    cause: 'No session token was sent, or it has expired or was not accepted.',
    fix: 'Set AUTHSEC_API_TOKEN (option apiToken) to a valid session token.',
  },
  request_rejected: {
    meaning: 'AuthSec refused the request.',
    cause: 'A value of the request is not accepted, or the server has another version of the API.',
    fix: 'Check AUTHSEC_BASE_URL, the options of the call, and the version of the server.',
  },
  server_error: {
    meaning: 'The server is not available at the moment.',
    cause: 'It failed inside, is being restarted, or something behind it is down.',
    fix: 'Try again later, or look up the request ID in the logs of the server.',
  },
  rate_limited: {
    meaning: 'The server receives too many requests.',
    cause:
      'Many processes share one address, many agents start at once, or an agent calls in a loop. A message that names this process is of its own `rateLimit`: nothing was sent.',
    fix: 'Wait until `retryAt`. Set `rateLimit.requestsPerMinute` of each process to its part of 100, and raise `rateLimit.queueMs` where many agents start at once.',
  },
  wrong_tenant: {
    meaning: 'A token or an approval is of another tenant than `tenantId`, and was discarded.',
    cause:
      'The tenant ID, the client ID, the address of AuthSec or the approver is of another tenant.',
    fix: 'Correct AUTHSEC_TENANT_ID (option tenantId), or AUTHSEC_AGENT_CLIENT_ID and AUTHSEC_BASE_URL; for an approval `ciba.clientId` or the address of the approver.',
  },
}
