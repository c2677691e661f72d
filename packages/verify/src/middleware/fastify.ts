import { checkRequirement, type PermissionRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { bearerToken, refusalOf, rememberClaims } from './bearer.ts'

/** What is used of Fastify's request. */
export interface FastifyRequestLike {
  readonly headers: { readonly authorization?: string | undefined }
}

/** What is used of Fastify's reply. */
export interface FastifyReplyLike {
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: string): unknown
}

export type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>

/**
 * A Fastify hook for `onRequest` or `preHandler`: lets a request pass that carries a good token with
 * the permissions, and answers the others with 401, 403 or 503. `delegationOf(request)` has the claims
 * afterwards. Throws a `TypeError` for a requirement that cannot be meant.
 */
export function fastifyBearer(
  verifier: DelegationVerifier,
  requirement: PermissionRequirement = {},
): FastifyHook {
  const needed = checkRequirement(requirement)
  return async (request, reply) => {
    try {
      const token = bearerToken(request.headers.authorization)
      rememberClaims(request, await verifier.verify(token, needed))
      return undefined
    } catch (error) {
      const { status, headers, body } = refusalOf(error)
      reply.code(status)
      reply.headers(headers)
      reply.send(body)
      // Fastify ends the request here when a hook returns its reply.
      return reply
    }
  }
}
