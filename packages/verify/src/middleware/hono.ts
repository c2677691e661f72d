import { checkRequirement, type PermissionRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { bearerToken, refusalOf, rememberClaims } from './bearer.ts'

/** What is used of Hono's context. */
export interface HonoContextLike {
  readonly req: { header(name: string): string | undefined }
}

export type HonoMiddleware = (
  context: HonoContextLike,
  next: () => Promise<void>,
) => Promise<Response | undefined>

/**
 * Hono middleware: lets a request pass that carries a good token with the permissions, and answers
 * the others with 401, 403 or 503. `delegationOf(c)` has the claims afterwards. Throws a `TypeError`
 * for a requirement that cannot be meant.
 */
export function honoBearer(
  verifier: DelegationVerifier,
  requirement: PermissionRequirement = {},
): HonoMiddleware {
  const needed = checkRequirement(requirement)
  return async (context, next) => {
    try {
      const token = bearerToken(context.req.header('authorization'))
      rememberClaims(context, await verifier.verify(token, needed))
    } catch (error) {
      const { status, headers, body } = refusalOf(error)
      return new Response(body, { status, headers })
    }
    await next()
    return undefined
  }
}
