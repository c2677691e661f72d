import { challengeHeader } from './middleware/challenge.ts'
import { secureUrl } from './network/secure-url.ts'
import { checkOptions, type OptionChecks } from './options/option-checks.ts'
import {
  isArrayOf,
  isNonEmptyString,
  isOneOf,
  optional,
  optionalNumber,
  requiredString,
} from './options/option-values.ts'
import { isPermissionName } from './token/permissions.ts'
import { CODES, type VerificationErrorCode } from './verification-codes.ts'

const BRAND = Symbol.for('authsec.verification-error')

/** The facts of a `VerificationError`. */
export interface VerificationErrorOptions {
  code: VerificationErrorCode
  /** One plain sentence without anything from the token, in ASCII without quotes and backslashes (RFC 6750 section 3). Default: a sentence for the code. */
  message?: string | undefined
  /** The permissions that the call needs, for the challenge of `insufficient_permission`. Default: none. */
  permissions?: readonly string[] | undefined
  /** Where this API publishes its metadata (RFC 9728), for the challenge. https, or http on loopback. Default: none. */
  resourceMetadataUrl?: string | undefined
  /** The remedy, one sentence. Default: that of the code. */
  hint?: string | undefined
  /** What the system or TLS calls the failure, such as `ECONNREFUSED`, for the 503 codes. Default: none. */
  systemCode?: string | undefined
  /** When to try again, in seconds, 0 to 86 400, for the 503 codes. Default: 1. */
  retryAfterSeconds?: number | undefined
}

const ERROR_OPTIONS: OptionChecks<VerificationErrorOptions> = {
  code: isOneOf(...Object.keys(CODES)),
  message: optional(
    requiredString(
      (value) => /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value),
      'a sentence in ASCII without quotes and backslashes',
    ),
  ),
  permissions: optional(isArrayOf(isPermissionName, { what: 'an array of permission names' })),
  resourceMetadataUrl: optional((value, field) => void secureUrl(value, field)),
  hint: optional(isNonEmptyString),
  systemCode: optional(
    requiredString((value) => /^[A-Z][A-Z0-9_]{2,63}$/.test(value), 'a code such as ECONNREFUSED'),
  ),
  retryAfterSeconds: optionalNumber({ least: 0, most: 86_400, unit: 'seconds' }),
}

/**
 * Why a request is rejected, and the response to send (RFC 6750 section 3). The error contains neither
 * the text nor a claim of the token, and has no `cause`, because the errors of JWT libraries contain
 * all claims. Test with `VerificationError.isInstance`, which also works across two copies of the
 * package. The constructor throws a `ConfigError` for options that cannot go into a challenge.
 *
 * @example
 * ```ts
 * import { type DelegationVerifier, VerificationError } from '@authsec/verify'
 *
 * export async function isAllowed(verifier: DelegationVerifier, token: string): Promise<boolean> {
 *   try {
 *     await verifier.verify(token, { permissions: ['records:read'] })
 *     return true
 *   } catch (error) {
 *     if (!VerificationError.isInstance(error) || error.status === 503) throw error
 *     return false
 *   }
 * }
 * ```
 */
export class VerificationError extends Error {
  override readonly name = 'VerificationError'
  /** Stable, for `switch`. */
  readonly code: VerificationErrorCode
  /** The HTTP status to respond with: 401, 403 or 503. */
  readonly status: 401 | 403 | 503
  /** The remedy, one sentence. */
  readonly hint: string
  /**
   * The value for `WWW-Authenticate` (RFC 6750 section 3); `undefined` with status 503. Beside `error`,
   * `error_description` and `scope` it has the parameter `authsec_code` with the `code` of this error,
   * which `@authsec/core` reads back as `tokenProblem`. RFC 6750 section 3 allows further parameters.
   */
  readonly challenge: string | undefined
  /** The value for `Retry-After` in whole seconds; `undefined` with other statuses than 503. */
  readonly retryAfterSeconds: number | undefined
  /** What the system or TLS calls the failure, such as `ECONNREFUSED`; `undefined` with other statuses than 503. */
  readonly systemCode: string | undefined

  constructor(options: VerificationErrorOptions) {
    checkOptions<VerificationErrorOptions>(options, 'the verification error', ERROR_OPTIONS)
    const { status, message, hint } = CODES[options.code]
    super(options.message ?? message)
    this.code = options.code
    this.status = status
    this.hint = options.hint ?? hint
    this.systemCode = status === 503 ? options.systemCode : undefined
    this.challenge = challengeHeader({
      code: options.code,
      status,
      description: this.message,
      permissions: options.permissions ?? [],
      // The parsed URL has no quotes, which would end the parameter early.
      resourceMetadataUrl:
        options.resourceMetadataUrl &&
        secureUrl(options.resourceMetadataUrl, 'resourceMetadataUrl').href,
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
    const { name, code, message, hint, status, retryAfterSeconds, systemCode } = this
    return { name, code, message, hint, status, retryAfterSeconds, systemCode }
  }
}
