import type { Rows } from './row.ts'

/** The protected API. */
export const apiCodes = {
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
} as const satisfies Rows
