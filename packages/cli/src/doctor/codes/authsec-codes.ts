import type { Rows } from './row.ts'

/** The AuthSec server and the delegation. */
export const authSecCodes = {
  // The server.
  not_authsec: [
    'error',
    'Another server than AuthSec answers.',
    'The address or the port is that of another web server, or a gateway does not pass /authsec on.',
    'Set AUTHSEC_BASE_URL to the root of the AuthSec server.',
  ],
  login_page: [
    'error',
    'A login page answers in place of the server.',
    'A single sign-on gateway or a captive portal stands in front of it.',
    'Use the address that programs use, or sign in to the network first.',
  ],
  redirected: [
    'error',
    'The server answers with a redirect, which is never followed.',
    'The address is an old or a short one, or http leads to https.',
    'Set the address that the redirect leads to, if it is the right server.',
  ],
  server_error: [
    'error',
    'The AuthSec server fails.',
    'It or its database is down, or a gateway has no server behind it.',
    'Try again later, and look into the logs of the server.',
  ],
  rate_limited: [
    'error',
    'AuthSec receives too many requests from this address.',
    'An address may send 100 requests a minute. Agents behind one address share them.',
    'Wait a minute. Let the processes of an agent share its token (`store` and `tokenKeys`), and stop what pulls in a loop.',
  ],
  rate_limit_low: [
    'warning',
    'Few requests are left in the limit of the server.',
    'Other programs of this address use the same limit.',
    'Let the processes of an agent share its token (`store` and `tokenKeys`), and stop what pulls in a loop.',
  ],
  clock_skew: [
    'warning',
    'The clock of this computer differs from that of the server.',
    'The clock is not synchronised. Tokens look expired, or not valid yet.',
    'Synchronise the clock: `timedatectl set-ntp true`, or w32tm /resync on Windows.',
  ],
  // The delegation.
  client_not_found: [
    'error',
    'AuthSec does not know this agent.',
    'The client ID is of another server, or the agent was removed.',
    'Check AUTHSEC_AGENT_CLIENT_ID and AUTHSEC_BASE_URL in the AuthSec dashboard.',
  ],
  no_delegation: [
    'error',
    'There is no active delegation for this agent.',
    'None was made, it was revoked, or it expired and that was reported before. The server gives the same answer in each case.',
    'Look up the agent in the AuthSec dashboard, and ask the administrator to delegate to it.',
  ],
  delegation_expired: [
    'error',
    'The delegation of this agent has expired.',
    'Its lifetime ended. The server says so once, then it reports no delegation.',
    'Ask the AuthSec administrator to delegate again.',
  ],
  delegation_ends_soon: [
    'warning',
    'The delegation of this agent ends within five minutes.',
    'AuthSec returns the same token until an administrator delegates again.',
    'Ask the AuthSec administrator to delegate again, with a longer lifetime.',
  ],
  client_id_rejected: [
    'error',
    'AuthSec does not accept the client ID.',
    'The server reads it as malformed.',
    'Copy AUTHSEC_AGENT_CLIENT_ID again from the AuthSec dashboard.',
  ],
  session_required: [
    'error',
    'This AuthSec server requires an authenticated caller.',
    'It is a newer server, and AUTHSEC_API_TOKEN is missing or no valid session.',
    'Set AUTHSEC_API_TOKEN to a valid session token.',
  ],
  access_refused: [
    'error',
    'AuthSec refuses to hand out this delegation token.',
    'The caller may not read the token of this agent.',
    'Ask the AuthSec administrator whether this caller may read it.',
  ],
  wrong_tenant: [
    'error',
    'The token is of another tenant.',
    'AUTHSEC_TENANT_ID is of another tenant than the agent.',
    'Correct AUTHSEC_TENANT_ID, or the client ID and the server.',
  ],
  wrong_client: [
    'error',
    "AuthSec answers with another agent's token.",
    'A cache or a gateway in front of AuthSec mixes answers up.',
    'Turn caching off for /authsec in what stands in front of the server.',
  ],
  token_unusable: [
    'error',
    'The answer of AuthSec is no usable token.',
    'It is malformed, unsigned, expired already, or a gateway altered it.',
    'Check what stands in front of the server, and ask the administrator to delegate again.',
  ],
  keys_unavailable: [
    'error',
    'The keys of the tenant cannot be loaded.',
    'The key bundle of the server does not answer, or answers with no usable key.',
    'Check that /authsec/spiresvc/v1/jwt/bundle of the server can be reached.',
  ],
  signature_invalid: [
    'error',
    'The signature of the token does not match the keys of the tenant.',
    'The server made a new key after the token was signed: without Vault every restart does.',
    'Ask the AuthSec administrator to delegate again, and to keep the key in Vault.',
  ],
  token_rejected: [
    'error',
    'A verifier of this tenant rejects the token.',
    'A claim of the token is missing or wrong.',
    'Ask the AuthSec administrator to delegate again.',
  ],
  audience_missing: [
    'error',
    'The token is not for this API.',
    'The delegation names other audiences than the API expects.',
    'Delegate with the audience of the API, or correct the audience that the API expects.',
  ],
  permission_missing: [
    'error',
    'The token lacks a permission that an operation needs.',
    'The delegation, or the policy behind it, does not include it.',
    'Ask the AuthSec administrator to delegate with the permission.',
  ],
  permission_misspelt: [
    'error',
    'An operation needs a permission that is close to one of the token.',
    'Names are compared exactly, in case and spelling.',
    'Correct the name in the operation or in the delegation.',
  ],
  permission_malformed: [
    'error',
    'A permission does not have the form resource:action.',
    'AuthSec delegates permissions such as invoices:read, and wildcards match nothing.',
    'Write it as resource:action.',
  ],
  operations_unreadable: [
    'error',
    'The file of --operations cannot be used.',
    'It cannot be read, is not JSON, or lists neither operations nor resources.',
    'Correct the file. It has the form of the configuration of @authsec/mcp.',
  ],
} as const satisfies Rows
