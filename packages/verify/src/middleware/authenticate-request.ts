import { VerificationError } from '../errors.ts'
import type { DelegationClaims } from '../token/claims.ts'
import type { PermissionRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { bearerToken, refusalOf } from './bearer.ts'

/** Either the verified claims, or why not and the answer to send. */
export type AuthenticatedRequest =
  | { readonly ok: true; readonly claims: DelegationClaims }
  | { readonly ok: false; readonly error: VerificationError; readonly response: Response }

/**
 * Judges a standard `Request`, for Next.js route handlers, Workers, Bun and Deno. Throws only what is
 * not a refusal, such as a `TypeError` for a requirement that cannot be meant.
 *
 * ```ts
 * const result = await authenticateRequest(verifier, request, { permissions: ['records:read'] })
 * if (!result.ok) return result.response
 * ```
 */
export async function authenticateRequest(
  verifier: DelegationVerifier,
  request: { readonly headers: { get(name: string): string | null } },
  requirement: PermissionRequirement = {},
): Promise<AuthenticatedRequest> {
  try {
    const token = bearerToken(request.headers.get('authorization'))
    return { ok: true, claims: await verifier.verify(token, requirement) }
  } catch (error) {
    if (!VerificationError.isInstance(error)) throw error
    const { status, headers, body } = refusalOf(error)
    return { ok: false, error, response: new Response(body, { status, headers }) }
  }
}
