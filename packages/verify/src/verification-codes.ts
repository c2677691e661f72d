/** Why a token was rejected. Stable, for `switch`. */
export type VerificationErrorCode =
  | 'token_missing'
  | 'token_malformed'
  | 'token_invalid'
  | 'token_expired'
  | 'token_not_active'
  | 'token_revoked'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'insufficient_permission'
  // Nothing is known against the token, but the verifier cannot check it now.
  | 'keys_unavailable'
  | 'check_unavailable'

/** What a code stands for, in the response and in the error. */
export interface CodeFacts {
  readonly status: 401 | 403 | 503
  readonly message: string
  readonly hint: string
}

export const CODES: Readonly<Record<VerificationErrorCode, CodeFacts>> = {
  token_missing: {
    status: 401,
    message: 'The request has no bearer token.',
    hint: 'Send the delegation token in the header Authorization: Bearer.',
  },
  token_malformed: {
    status: 401,
    message: 'The bearer token is not a signed JWT.',
    hint: 'Send the token exactly as AuthSec issued it, without additions.',
  },
  token_invalid: {
    status: 401,
    message: 'The token is not valid for this API.',
    hint: 'Get the current delegation token from AuthSec and send that one.',
  },
  token_expired: {
    status: 401,
    message: 'The token has expired.',
    hint: 'Get a new delegation token. If AuthSec returns the same one, an administrator has to delegate again.',
  },
  token_not_active: {
    status: 401,
    message: 'The token is not valid yet.',
    hint: 'Compare the clocks of this machine and of AuthSec, or raise clockToleranceSeconds.',
  },
  token_revoked: {
    status: 401,
    message: 'The token was revoked.',
    hint: 'Ask an administrator to delegate again.',
  },
  wrong_issuer: {
    status: 401,
    message: 'The token was issued for another tenant.',
    hint: "Compare tenantId with the tenant in the token's iss claim.",
  },
  wrong_audience: {
    status: 401,
    message: 'The token was issued for another audience.',
    hint: 'Delegate with this API in the audience, or correct the audience option.',
  },
  insufficient_permission: {
    status: 403,
    message: 'The token lacks a permission that this call needs.',
    hint: 'Delegate again with the permissions in the challenge.',
  },
  keys_unavailable: {
    status: 503,
    message: 'The keys that verify tokens cannot be loaded now.',
    hint: 'Check that this API reaches the AuthSec server, and that tenantId is correct.',
  },
  check_unavailable: {
    status: 503,
    message: 'AuthSec cannot be reached now to check whether the token was revoked.',
    hint: 'Try again later. The option onlineCheck.whenUnavailable decides whether such tokens are accepted.',
  },
}
