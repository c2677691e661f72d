import { type ConfigErrorCode, FETCH_UNUSABLE } from './options/config-error.ts'
import { CODES, type VerificationErrorCode } from './verification-codes.ts'

/** What one code of an error stands for, in plain sentences without values. */
export interface ErrorCodeEntry {
  /** What happened. */
  readonly meaning: string
  /** Why it happens. */
  readonly cause: string
  /** What to do about it. Where an error has one fixed hint, this is the hint. */
  readonly fix: string
}

/** Every code of an error of this package. */
export type ErrorCode = VerificationErrorCode | ConfigErrorCode

/**
 * What each code means, why it happens and what to do about it: the table of docs/errors.md. An error
 * itself says more, because its message and hint know the case.
 *
 * @example
 * ```ts
 * import { errorCodes } from '@authsec/verify/error-codes'
 *
 * console.log(errorCodes.wrong_audience.fix)
 * ```
 */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = {
  token_missing: entryOf(
    'token_missing',
    'The caller sent no Authorization header, or a proxy removed it.',
  ),
  token_malformed: entryOf(
    'token_malformed',
    'The header carries another kind of credential, or the token was cut or changed on the way.',
  ),
  token_invalid: entryOf(
    'token_invalid',
    'The signature, the key, the algorithm or a claim is not that of a delegation token for this API.',
  ),
  token_expired: entryOf(
    'token_expired',
    'The caller kept the token too long, or a clock is wrong.',
  ),
  token_not_active: entryOf(
    'token_not_active',
    'The clock of this machine is behind that of AuthSec.',
  ),
  token_revoked: entryOf('token_revoked', 'An administrator revoked the delegation.'),
  wrong_issuer: entryOf(
    'wrong_issuer',
    'The agent belongs to another tenant or another AuthSec server than this verifier accepts.',
  ),
  wrong_audience: entryOf(
    'wrong_audience',
    'The delegation does not name this API, or the verifier has another audience than was agreed.',
  ),
  insufficient_permission: entryOf(
    'insufficient_permission',
    'The administrator delegated fewer permissions than this call requires.',
  ),
  keys_unavailable: entryOf(
    'keys_unavailable',
    'AuthSec is down, cannot be reached from here (address, proxy, certificate), or knows no such tenant.',
  ),
  check_unavailable: entryOf(
    'check_unavailable',
    'AuthSec is down, or cannot be reached from here (address, proxy, certificate).',
  ),
  config_missing: {
    meaning: 'A required option is not set.',
    cause: 'It was never given, or a variable that it is read from is not set.',
    fix: 'Set what the message names.',
  },
  config_invalid: {
    meaning: 'An option or an argument cannot work.',
    cause:
      'The name is misspelt, the value has the wrong form, or two options contradict each other.',
    fix: 'Correct the option that the message names. The hint lists what is accepted.',
  },
  fetch_unusable: {
    meaning: FETCH_UNUSABLE.message,
    cause:
      'The function threw a TypeError of its own, or returned something other than a Response.',
    fix: FETCH_UNUSABLE.hint,
  },
}

function entryOf(code: VerificationErrorCode, cause: string): ErrorCodeEntry {
  const { message, hint } = CODES[code]
  return { meaning: message, cause, fix: hint }
}
