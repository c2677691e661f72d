import { VerificationError } from '../errors.ts'

/**
 * The token of an `Authorization` header (RFC 6750 section 2.1); `undefined` when the header is missing
 * or has another scheme. Everything after `Bearer` is returned, and the verifier checks it.
 */
export function bearerToken(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined
  return /^bearer(?: +|$)(.*)$/is.exec(header)?.[1]?.trimEnd()
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
