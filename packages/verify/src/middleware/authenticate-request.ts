import { VerificationError } from '../errors.ts'
import { hasMethods } from '../options/option-values.ts'
import type { DelegationClaims } from '../token/claims.ts'
import { checkRequirement, type PermissionRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { challengeResponse } from './bearer.ts'
import { assertFramework, assertVerifier } from './misuse.ts'
import { requestContext } from './request-context.ts'
import { type ReadContext, verifyBearer } from './verify-bearer.ts'

/** The verified claims, or the reason for the rejection and the response to send. */
export type AuthenticatedRequest =
  | { readonly ok: true; readonly claims: DelegationClaims }
  | { readonly ok: false; readonly error: VerificationError; readonly response: Response }

/** The part of a standard `Request` that is read; `method` and `url` for `onDecision`. */
interface RequestLike {
  readonly headers: { get(name: string): string | null }
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/**
 * Authenticates a standard `Request`, for Next.js route handlers, Workers, Bun and Deno. Returns the
 * claims of a valid bearer token with the required permissions, or the response to send: 401, 403 or
 * 503 (RFC 6750 section 3). Default requirement: any valid token.
 *
 * Rejects with a `ConfigError` when the verifier or the request is not one, or when the requirement has
 * an unknown name, an empty array or a wrong permission name.
 *
 * @example
 * ```ts
 * import { authenticateRequest, createDelegationVerifier } from '@authsec/verify'
 *
 * const verifier = createDelegationVerifier({
 *   authSecUrl: 'https://auth.example.com',
 *   tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *   audience: 'records-api',
 * })
 *
 * export async function GET(request: Request): Promise<Response> {
 *   const result = await authenticateRequest(verifier, request, { permissions: ['records:read'] })
 *   if (!result.ok) return result.response
 *   return Response.json({ agent: result.claims.sub })
 * }
 * ```
 */
export async function authenticateRequest(
  verifier: DelegationVerifier,
  request: RequestLike,
  requirement: PermissionRequirement = {},
): Promise<AuthenticatedRequest> {
  assertVerifier(verifier)
  const isRequest = hasMethods(request?.headers, ['get'])
  assertFramework(isRequest, 'authenticateRequest', 'a verifier and a standard Request')
  const checked = checkRequirement(requirement)
  try {
    const header = { value: request.headers.get('authorization') }
    const claims = await verifyBearer(verifier, header, checked, contextReader(request))
    return { ok: true, claims }
  } catch (error) {
    if (!VerificationError.isInstance(error)) throw error
    const { status, headers, body } = challengeResponse(error)
    return { ok: false, error, response: new Response(body, { status, headers }) }
  }
}

/** A standard request knows no routes. */
function contextReader({ headers, method, url: path }: RequestLike): ReadContext {
  return (callIdHeader) => {
    const line = { method, path, route: undefined }
    return requestContext(line, (name) => headers.get(name), callIdHeader)
  }
}
