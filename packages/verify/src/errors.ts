import { challengeOf } from './middleware/challenge.ts'

const BRAND = Symbol.for('authsec.verification-error')

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
  // Nothing is known against the token, but it cannot be judged now.
  | 'keys_unavailable'
  | 'check_unavailable'

interface Meaning {
  readonly status: 401 | 403 | 503
  readonly message: string
  readonly hint: string
}

const MEANINGS: Readonly<Record<VerificationErrorCode, Meaning>> = {
  token_missing: {
    status: 401,
    message: 'The request carries no bearer token.',
    hint: 'Send the delegation token in the header Authorization: Bearer.',
  },
  token_malformed: {
    status: 401,
    message: 'The bearer token is not a signed JWT.',
    hint: 'Send the token exactly as AuthSec handed it out, nothing before or after.',
  },
  token_invalid: {
    status: 401,
    message: 'The token is not valid here.',
    hint: 'Pull the current delegation token from AuthSec and send that one.',
  },
  token_expired: {
    status: 401,
    message: 'The token has expired.',
    hint: 'Pull a new delegation token; if the same one comes back, an administrator has to delegate again.',
  },
  token_not_active: {
    status: 401,
    message: 'The token is not valid yet.',
    hint: 'Compare the clocks of this machine and of AuthSec, or raise clockToleranceSeconds.',
  },
  token_revoked: {
    status: 401,
    message: 'AuthSec says that the token is no longer active.',
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
    hint: 'Check that this API reaches the AuthSec server, and that tenantId is right.',
  },
  check_unavailable: {
    status: 503,
    message: 'AuthSec cannot be asked now whether the token was revoked.',
    hint: 'Try again later; onlineCheck.whenUnavailable decides whether such tokens are refused.',
  },
}

export interface VerificationErrorOptions {
  code: VerificationErrorCode
  /** One plain sentence without anything from the token. Default: a sentence for the code. */
  message?: string | undefined
  /** What the call needed, for the challenge of `insufficient_permission`. */
  permissions?: readonly string[] | undefined
  /** RFC 9728 metadata of this API, for the challenge. */
  resourceMetadataUrl?: string | undefined
  /** When to try again, in seconds, for the 503 codes. */
  retryAfterSeconds?: number | undefined
}

/**
 * Why a request is refused. It carries nothing of the token: neither its text nor its claims, and no
 * `cause`, because the errors of JWT libraries carry all claims. Test with
 * `VerificationError.isInstance`, which also works across two copies of the package.
 */
export class VerificationError extends Error {
  override readonly name = 'VerificationError'
  /** Stable, for `switch`. */
  readonly code: VerificationErrorCode
  /** The HTTP status to answer with: 401, 403 or 503. */
  readonly status: 401 | 403 | 503
  /** How to fix it, one sentence. */
  readonly hint: string
  /** The value for `WWW-Authenticate` (RFC 6750 section 3); none with status 503. */
  readonly challenge: string | undefined
  /** The value for `Retry-After`, whole seconds; only with status 503. */
  readonly retryAfterSeconds: number | undefined

  constructor(options: VerificationErrorOptions) {
    const { status, message, hint } = MEANINGS[options.code]
    super(options.message ?? message)
    this.code = options.code
    this.status = status
    this.hint = hint
    this.challenge = challengeOf({
      code: options.code,
      status,
      description: this.message,
      permissions: options.permissions ?? [],
      resourceMetadataUrl: options.resourceMetadataUrl,
    })
    this.retryAfterSeconds =
      status === 503 ? Math.max(1, Math.ceil(options.retryAfterSeconds ?? 1)) : undefined
  }

  get [BRAND](): true {
    return true
  }

  static isInstance(value: unknown): value is VerificationError {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, status, retryAfterSeconds } = this
    return { name, code, message, hint, status, retryAfterSeconds }
  }
}
