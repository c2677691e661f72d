import { VerificationError } from '../errors.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { partsOf } from '../verifier-parts.ts'

/** The `Authorization` of a request, as a framework gives it. */
export interface AuthorizationHeader {
  readonly value: unknown
  /** Names and values in turn, as they arrived. Node keeps the first of two headers in `headers` and drops the other. */
  readonly rawHeaders?: readonly unknown[] | undefined
}

/**
 * The token of the only `Authorization` header (RFC 6750 section 2.1); `undefined` when the header is
 * missing or has another scheme. Throws a `VerificationError` when there is more than one header or
 * token: two programs on the way of a request could then each read another one.
 */
export function bearerToken(
  verifier: DelegationVerifier,
  { value, rawHeaders }: AuthorizationHeader,
): string | undefined {
  const isRepeated = Array.isArray(value) || countOf(rawHeaders) > 1
  if (isRepeated) throw malformed(verifier, 'The request has more than one Authorization header.')
  if (typeof value !== 'string') return undefined
  const token = /^bearer +([\w.~+/=-]+) *$/i.exec(value)?.[1]
  if (token !== undefined) return token
  // A proxy or a standard Request joins headers with commas.
  if (/^bearer(?![\w!#$%&'*+.^`|~-])|,\s*bearer(?![\w-])/i.test(value)) {
    throw malformed(verifier, 'The Authorization header is not Bearer, a space and one token.')
  }
  return undefined
}

function countOf(rawHeaders: readonly unknown[] = []): number {
  return rawHeaders.filter(
    (name, index) => index % 2 === 0 && String(name).toLowerCase() === 'authorization',
  ).length
}

function malformed(verifier: DelegationVerifier, message: string): VerificationError {
  const resourceMetadataUrl = partsOf(verifier)?.resourceMetadataUrl
  return new VerificationError({ code: 'token_malformed', message, resourceMetadataUrl })
}

/** The response to a rejected request, for any framework. */
export interface ChallengeResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

/**
 * The response for a `VerificationError` (RFC 6750 section 3). Throws every other error again, because
 * a mistake in the code must reach the error handler of the framework.
 */
export function challengeResponse(error: unknown): ChallengeResponse {
  if (!VerificationError.isInstance(error)) throw error
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  }
  if (error.challenge !== undefined) headers['www-authenticate'] = error.challenge
  if (error.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(error.retryAfterSeconds)
  }
  const body = JSON.stringify({ error: error.code, error_description: error.message })
  return { status: error.status, headers, body }
}
