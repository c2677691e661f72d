import { VerificationError } from '../errors.ts'
import type { DelegationClaims } from '../token/claims.ts'

/**
 * The token of an `Authorization` header (RFC 6750 section 2.1); `undefined` when there is none or it
 * is of another scheme. Whatever follows `Bearer` is handed on for the verifier to judge.
 */
export function bearerToken(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined
  return /^bearer(?: +|$)(.*)$/is.exec(header)?.[1]?.trimEnd()
}

/** An answer to a refused request, for any framework. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

/** Turns a `VerificationError` into an answer (RFC 6750 section 3); throws anything else again. */
export function refusalOf(error: unknown): Refusal {
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

const claimsByRequest = new WeakMap<object, DelegationClaims>()

export function rememberClaims(request: object, claims: DelegationClaims): void {
  claimsByRequest.set(request, claims)
}

/**
 * The claims that the middleware verified: give it Express's or Fastify's request, or Hono's context.
 * Throws when no middleware of this package let the request pass, so that a route without one fails.
 */
export function delegationOf(request: object): DelegationClaims {
  const claims = claimsByRequest.get(request)
  if (claims) return claims
  throw new Error(
    'No delegation token was verified for this request: put expressBearer, honoBearer or fastifyBearer before the route.',
  )
}
