/**
 * Every code that `authsec doctor` reports: what it means, where it comes from, and the remedy. docs/doctor.md is made
 * of this table.
 */
export type DoctorCode = keyof typeof codes

/** A row of the table. */
export interface CodeFacts {
  /** One sentence that names the fault. */
  readonly meaning: string
  readonly cause: string
  /** The remedy. */
  readonly fix: string
}

/** `error`: the agent cannot work. `warning`: it works now, or works by accident. */
export type Severity = 'error' | 'warning'

type Row = readonly [severity: Severity, meaning: string, cause: string, fix: string]

const codes = {
  // The environment.
  env_file_unreadable: [
    'error',
    'The file of --env-file cannot be read.',
    'The path is wrong, or the file belongs to another user.',
    'Correct --env-file. The path is relative to the working directory.',
  ],
  variable_misspelt: [
    'error',
    'A variable of the environment is misspelt.',
    'Its name is close to one that AuthSec packages read, and they do not read this one.',
    'Rename the variable.',
  ],
  variable_empty: [
    'warning',
    'A variable of the environment is set and empty.',
    'A shell or a compose file sets it from another variable that does not exist. Blank counts as not set.',
    'Give the variable a value, or unset it.',
  ],
  value_quoted: [
    'error',
    'A value has quotation marks around it.',
    '`docker --env-file`, systemd and `set` of Windows keep the quotation marks of a line as part of the value.',
    'Write the value without quotation marks.',
  ],
  value_whitespace: [
    'warning',
    'A value has spaces or a line break at its edge.',
    'It was copied with them, or a file with a line break at its end became the value.',
    'Remove the spaces or the line break: `printf %s` writes none, where `echo` does.',
  ],
  tls_checks_off: [
    'error',
    'Node.js is told to accept every certificate.',
    'NODE_TLS_REJECT_UNAUTHORIZED is 0: anyone on the way can read the token.',
    'Unset it. Add a private authority with NODE_EXTRA_CA_CERTS instead.',
  ],
  mode_unknown: [
    'error',
    'AUTHSEC_MODE is not a mode.',
    'It is neither live, mock nor auto.',
    'Set AUTHSEC_MODE to live, mock or auto, or unset it.',
  ],
  mode_refused: [
    'error',
    'Mock mode is refused in production.',
    'AUTHSEC_MODE is mock, and NODE_ENV is production.',
    'Remove AUTHSEC_MODE=mock, and set AUTHSEC_BASE_URL and AUTHSEC_AGENT_CLIENT_ID.',
  ],
  mode_ignores_server: [
    'warning',
    'Mock mode ignores the server that is configured.',
    'AUTHSEC_MODE is mock, and variables of a server are set as well.',
    'Remove AUTHSEC_MODE=mock to use the server.',
  ],
  not_configured: [
    'error',
    'No AuthSec server is configured.',
    'Neither AUTHSEC_BASE_URL nor AUTHSEC_AGENT_CLIENT_ID is set here.',
    'Set both, or AUTHSEC_MODE=mock to try things without a server. `--env-file FILE` reads them from a file.',
  ],
  setting_invalid: [
    'error',
    'A setting cannot be used.',
    'Its value does not have the form that it needs.',
    'Correct the setting that is named.',
  ],
  // The address.
  base_url_missing: [
    'error',
    'AUTHSEC_BASE_URL is not set.',
    'The client ID is set, and the server is not.',
    'Set AUTHSEC_BASE_URL to the root of the AuthSec server.',
  ],
  base_url_malformed: [
    'error',
    'The address of the AuthSec server is not a URL.',
    'It lacks its scheme, or has a character that a URL cannot have.',
    'Write it in full, such as https://auth.example.com.',
  ],
  base_url_scheme: [
    'error',
    'The address of the AuthSec server has another scheme than https.',
    'Only https, and http to this computer, are spoken.',
    'Begin the address with https://.',
  ],
  base_url_plain_http: [
    'error',
    'The address of the AuthSec server uses plain http.',
    'The token would cross the network readable, so http is for this computer only.',
    'Begin the address with https://.',
  ],
  base_url_path: [
    'error',
    'The address of the AuthSec server has a path.',
    'The packages add the paths of AuthSec themselves. The address is the root, or the URL that ends in /authsec.',
    'Remove the path after the host, or after /authsec.',
  ],
  base_url_doubled: [
    'error',
    'The address of the AuthSec server has /authsec twice.',
    'A script added /authsec to an address that ended in it.',
    'Write /authsec once, or not at all.',
  ],
  base_url_extra: [
    'error',
    'The address of the AuthSec server has a query, a fragment or a user name.',
    'It was copied from a browser, or carries a credential.',
    'Keep scheme, host and port only.',
  ],
  // The agent.
  client_id_missing: [
    'error',
    'AUTHSEC_AGENT_CLIENT_ID is not set.',
    'The server is set, and the agent is not.',
    'Set it to the client ID of the agent, from the AuthSec dashboard.',
  ],
  client_id_placeholder: [
    'error',
    'The client ID is still the placeholder of an example.',
    'The example was copied, and its value was not replaced.',
    'Copy the client ID of the agent from the AuthSec dashboard.',
  ],
  client_id_malformed: [
    'error',
    'The client ID is not a UUID.',
    'A character was lost or added when it was copied, or it is another value.',
    'Copy AUTHSEC_AGENT_CLIENT_ID again from the AuthSec dashboard: 32 hexadecimal digits with hyphens.',
  ],
  // The way to a server.
  host_not_found: [
    'error',
    'The name of the server is not known to DNS.',
    'It is misspelt, or only an internal resolver or a proxy knows it.',
    'Correct the host, or connect to the network (VPN) that knows it.',
  ],
  resolver_failed: [
    'error',
    'The resolver does not answer.',
    'This computer has no network, or its DNS server is down.',
    'Check the network and the DNS server of this computer, then try again.',
  ],
  address_blocked: [
    'error',
    'The name of the server leads to an address that is never connected to.',
    'It is a link-local or metadata address, or an address of another computer over plain http.',
    'Correct the address, and check the resolver.',
  ],
  port_closed: [
    'error',
    'Nothing listens on the port of the server.',
    'The server is not running, or the port is wrong.',
    'Start the server, or correct the port.',
  ],
  connect_timeout: [
    'error',
    'The server takes no connection in time.',
    'A firewall drops the packets, or the server is overloaded.',
    'Check the firewall and the VPN. `--timeout` gives more time.',
  ],
  network_unreachable: [
    'error',
    'There is no route to the server.',
    'This computer is off the network, or the network of the server is not connected.',
    'Check the network and the VPN.',
  ],
  connection_lost: [
    'error',
    'The server closes the connection without an answer.',
    'A load balancer without a server behind it, a firewall that resets, or a server that crashed.',
    'Look into the logs of the server and of what stands in front of it.',
  ],
  no_answer: [
    'error',
    'The server takes the connection and does not answer in time.',
    'It hangs, or waits for something else.',
    'Look into the logs of the server. `--timeout` gives more time.',
  ],
  tls_not_spoken: [
    'error',
    'The address says https, and the port speaks plain http.',
    'The port is that of the http server.',
    'Correct the port. Write http:// only for a server on this computer.',
  ],
  tls_spoken: [
    'error',
    'The address says http, and the port speaks https.',
    'The server expects TLS on this port.',
    'Write https:// in the address.',
  ],
  tls_version: [
    'error',
    'The server speaks no version of TLS that Node.js accepts.',
    'It offers only versions before TLS 1.2, or no common cipher.',
    'Update the server, or what ends TLS in front of it, to TLS 1.2 or 1.3.',
  ],
  client_certificate_required: [
    'error',
    'The server requires a certificate of the client.',
    'It is protected by mutual TLS.',
    'Give the client an undici dispatcher with the certificate (option `dispatcher`).',
  ],
  certificate_expired: [
    'error',
    'The certificate of the server has expired.',
    'It was not renewed, or the clock of this computer is ahead.',
    'Renew the certificate. Compare the clock of this computer if others accept it.',
  ],
  certificate_not_yet_valid: [
    'error',
    'The certificate of the server is not valid yet.',
    'The clock of this computer is behind, or the certificate is for later.',
    'Set the clock of this computer.',
  ],
  certificate_self_signed: [
    'error',
    'The certificate of the server is self-signed.',
    'It is a test certificate, or a private authority that Node.js does not know.',
    'Add the certificate with NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or use one of a public authority.',
  ],
  certificate_untrusted: [
    'error',
    'The certificate of the server is of an authority that Node.js does not trust.',
    'It is a private authority, a proxy that opens TLS, or a server that sends no intermediate certificate.',
    'Add the authority with NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or NODE_USE_SYSTEM_CA=1 if the system trusts it; have the server send the whole chain.',
  ],
  certificate_wrong_name: [
    'error',
    'The certificate of the server is for another name.',
    'The address names the server by an alias or by its IP address, or leads to another server.',
    'Use a name that is in the certificate.',
  ],
  // The proxy.
  proxy_malformed: [
    'error',
    'The address of the proxy cannot be used.',
    'It is no http or https URL, or has a path. SOCKS proxies are not supported.',
    'Write it as http://proxy.example.com:3128.',
  ],
  proxy_unreachable: [
    'error',
    'The proxy cannot be reached.',
    'Its host or port is wrong, or it is down.',
    'Correct the address of the proxy, or name the server in NO_PROXY if it is reached without one.',
  ],
  proxy_credentials: [
    'error',
    'The proxy asks for a user name and a password.',
    'The address of the proxy has none, or wrong ones (HTTP 407).',
    'Write them into AUTHSEC_PROXY: http://user:password@proxy.example.com:3128, percent-encoded.',
  ],
  proxy_refused: [
    'error',
    'The proxy does not connect to the server.',
    'It does not allow the host, or cannot reach it itself.',
    'Ask the administrator of the proxy to allow the host and port of the server.',
  ],
  proxy_needed: [
    'error',
    'The server is reached through the proxy only, and the proxy is not used.',
    'A variable names the proxy. Node.js uses it only when it is told to.',
    'Set NODE_USE_ENV_PROXY=1, or AUTHSEC_PROXY to the address of the proxy.',
  ],
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
    'Wait a minute. Share one client per process, and stop what pulls in a loop.',
  ],
  rate_limit_low: [
    'warning',
    'Few requests are left in the limit of the server.',
    'Other programs of this address use the same limit.',
    'Share one client per process, and stop what pulls in a loop.',
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
  // The API.
  api_url_invalid: [
    'error',
    'The address of the API cannot be used.',
    'It is no https URL, or has a query, a fragment or a user name.',
    'Correct --api (AUTHSEC_API_URL): https, or http on this computer.',
  ],
  api_unprotected: [
    'warning',
    'The API answers without a token.',
    'The endpoint is not behind the verifier.',
    'Protect the endpoint with the middleware of @authsec/verify, or name a protected one with --endpoint.',
  ],
  api_accepts_forgery: [
    'error',
    'The API accepts a token that AuthSec did not sign.',
    'It decodes the token and does not verify the signature.',
    'Verify tokens with @authsec/verify, which checks signature, issuer, audience and times.',
  ],
  api_no_challenge: [
    'warning',
    'The API rejects a call without the header WWW-Authenticate.',
    'RFC 6750 section 3 requires the header in a 401. Clients read the reason from it.',
    'Send WWW-Authenticate: Bearer, as the middleware of @authsec/verify does.',
  ],
  api_wrong_audience: [
    'error',
    'The API rejects the audience of the token.',
    'The verifier of the API expects another audience than the delegation names.',
    'Delegate with the audience of the API, or correct `audience` of its verifier.',
  ],
  api_wrong_issuer: [
    'error',
    'The API rejects the issuer of the token.',
    'The verifier of the API is set to another tenant.',
    'Correct `tenantId` of the verifier, or use an agent of its tenant.',
  ],
  api_token_expired: [
    'error',
    'The API takes the token for an expired one.',
    'The clock of the API is ahead, or a cache in front of it answers.',
    'Synchronise the clock of the API.',
  ],
  api_token_not_active: [
    'error',
    'The API takes the token for one that is not valid yet.',
    'The clock of the API is behind that of AuthSec, by more than `clockToleranceSeconds`.',
    'Synchronise the clock of the API, or raise `clockToleranceSeconds` of its verifier.',
  ],
  api_token_revoked: [
    'error',
    'The API takes the token for a revoked one.',
    'AuthSec reported it as revoked to the API, or the API has it on a list.',
    'Ask the AuthSec administrator to delegate again.',
  ],
  api_permission: [
    'error',
    'The API refuses the call for lack of a permission.',
    'The token does not carry what this endpoint requires (HTTP 403).',
    'Delegate with the permission, or name another endpoint with --endpoint.',
  ],
  api_rejects_token: [
    'error',
    'The API rejects the token.',
    'It does not say which check failed: most often its keys, its tenant or its audience are those of another server.',
    'Compare `authSecUrl`, `tenantId` and `audience` of its verifier with the facts of `authsec doctor --json`.',
  ],
  api_wrong_keys: [
    'error',
    'The API does not find the key that signed the token.',
    'It loads its keys from another AuthSec server, or holds on to old ones.',
    'Correct `authSecUrl` or `jwksUrl` of its verifier: the bundle of the tenant, /authsec/spiresvc/v1/jwt/bundle.',
  ],
  api_keys_unavailable: [
    'error',
    'The API cannot load the keys that verify tokens.',
    'It does not reach the AuthSec server, or its tenant is wrong.',
    'Check from the machine of the API that it reaches AuthSec, and `tenantId` of its verifier.',
  ],
  api_error: [
    'error',
    'The API fails.',
    'It answers with a status of 500 or more.',
    'Look into the logs of the API.',
  ],
  api_endpoint_missing: [
    'error',
    'The API has no such endpoint.',
    'The path of --endpoint, or the base URL of the API, is wrong (HTTP 404).',
    'Correct --endpoint: it is a path below --api.',
  ],
  // Approvals.
  approvals_missing: [
    'error',
    'The server has no endpoint for this kind of approval.',
    'Newer servers have no tenant flow, and a gateway may pass only some paths on.',
    'Use the flow that the server has (option `ciba.flow`), or pass /authsec/uflow/auth on.',
  ],
  approvals_failed: [
    'error',
    'The endpoint for approvals does not answer as it should.',
    'The server or its database fails, or something in front of it answers.',
    'Look into the logs of the server.',
  ],
  approvals_client_rejected: [
    'error',
    'AuthSec does not accept the client of the approvals.',
    'The CIBA client ID or its secret is wrong. It is another one than that of the agent.',
    'Correct --ciba-client-id, and AUTHSEC_CIBA_CLIENT_SECRET.',
  ],
  approvals_deprecated: [
    'warning',
    'The server will remove this kind of approval.',
    'It marks the flow as deprecated.',
    'Move to the workspace flow: `ciba.clientId` and `ciba.clientSecret`.',
  ],
  approver_malformed: [
    'error',
    'The approver is not an e-mail address.',
    'AuthSec finds approvers by their e-mail address.',
    'Write the e-mail address with which the approver is registered.',
  ],
  // The audit log.
  audit_missing: [
    'error',
    'There is no file of the audit log.',
    'No agent has written one yet, or it writes to another place than --audit names.',
    'Pass the audit log to the client (option `onEvent`), and name its `file.path` with --audit.',
  ],
  audit_unwritable: [
    'error',
    'The audit log cannot be written, or not be read, by this user.',
    'The folder belongs to another user or is no folder, or every user may write it, which the log refuses.',
    'Give the user of the agent its own folder (mode 700), and run the doctor as this user.',
  ],
  audit_broken: [
    'error',
    'The newest file of the audit log is not as it was written.',
    'Something altered or cut it, such as an editor or logrotate, or its process ended in the middle of a line.',
    'Keep the file, and run `authsec audit verify`. Let nothing but the agent write to the folder.',
  ],
  audit_stale: [
    'warning',
    'The audit log has no record of the last 24 hours.',
    'No agent ran, or it writes to another place, or not at all.',
    'Check that the agent runs, that its client has the log as `onEvent`, and its `file.path`.',
  ],
  // What is installed.
  node_too_old: [
    'error',
    'This version of Node.js is too old.',
    'The packages need Node.js 22.13 or newer.',
    'Install Node.js 22.13 or newer.',
  ],
  core_copies: [
    'error',
    'Several copies of @authsec/core are installed.',
    'Packages of different versions each bring their own. Limits and approvals then count apart.',
    'Update all @authsec packages to one version, then `npm dedupe`.',
  ],
  framework_copies: [
    'error',
    'Several copies of a framework are installed.',
    'The adapter finds another copy than the program, so tools and messages of one are foreign to the other.',
    'Install one version that fits all, then `npm dedupe`.',
  ],
  framework_untested: [
    'warning',
    'A framework has a version that the adapter was not tested with.',
    'It is outside of the peer range of the adapter.',
    'Install a version within the range, or a newer adapter.',
  ],
  framework_missing: [
    'error',
    'A framework that an adapter needs is not installed.',
    'It is a peer dependency, and the package manager did not add it.',
    'Install it beside the adapter.',
  ],
  emulator_missing: [
    'error',
    'Mock mode needs @authsec/emulator, which is not installed.',
    'It is an optional peer, so that production holds no code that issues tokens.',
    'Install it for development: npm install --save-dev @authsec/emulator.',
  ],
  // The doctor itself.
  check_timed_out: [
    'error',
    'A check did not end in time.',
    'The network or the server is very slow.',
    'Try again, or give more time with --timeout.',
  ],
  check_failed: [
    'error',
    'A check ended with an unexpected error.',
    'This is a fault of the doctor, or of the system it runs on.',
    'Report it with the name of the check, on the page of issues of the project.',
  ],
} as const satisfies Readonly<Record<string, Row>>

/** Every code of the doctor, by name, in the order in which findings are listed. */
export const doctorCodes: Readonly<Record<DoctorCode, CodeFacts>> = Object.freeze(
  mapRows(([, meaning, cause, fix]) => Object.freeze({ meaning, cause, fix })),
)

/** How grave each code is. */
export const severities: Readonly<Record<DoctorCode, Severity>> = Object.freeze(
  mapRows(([severity]) => severity),
)

function mapRows<Value>(value: (row: Row) => Value): Record<DoctorCode, Value> {
  const rows: readonly (readonly [string, Row])[] = Object.entries(codes)
  return Object.fromEntries(rows.map(([code, row]) => [code, value(row)])) as Record<
    DoctorCode,
    Value
  >
}
