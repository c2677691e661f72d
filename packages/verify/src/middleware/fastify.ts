import { hasMethods } from '../options/option-values.ts'
import { type PermissionRequirement, reusableRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { challengeResponse } from './bearer.ts'
import { assertFramework, assertVerifier, hasHeaders } from './misuse.ts'
import { requestContext } from './request-context.ts'
import { rememberClaims } from './verified-claims.ts'
import { type ReadContext, verifyBearer } from './verify-bearer.ts'

/** The part of Fastify's request that the hook uses. */
export interface FastifyRequestLike {
  readonly headers: { readonly authorization?: string | undefined }
  /** Node's request. One with two `Authorization` headers is rejected. */
  readonly raw?: { readonly rawHeaders?: readonly string[] | undefined } | undefined
  /** For `onDecision`, as are the fields that follow. */
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly routeOptions?: { readonly url?: string | undefined } | undefined
}

/** The part of Fastify's reply that the hook uses. */
export interface FastifyReplyLike {
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: string): unknown
}

export type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>

/**
 * Creates an `onRequest` or `preHandler` hook for Fastify 4 and 5. It passes requests whose bearer
 * token is valid and has the required permissions, and responds to all others with 401, 403 or 503
 * (RFC 6750 section 3). `delegationOf(request)` returns the claims afterwards. Default requirement: any
 * valid token.
 *
 * Throws a `ConfigError` when the verifier is not one, or when the requirement has an unknown name, an
 * empty array or a wrong permission name. The hook rejects with other errors, which Fastify handles.
 *
 * @example
 * ```ts
 * import { createDelegationVerifier, delegationOf, fastifyBearer } from '@authsec/verify'
 * import fastify from 'fastify'
 *
 * const verifier = createDelegationVerifier({
 *   authSecUrl: 'https://auth.example.com',
 *   tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *   audience: 'records-api',
 * })
 * const app = fastify()
 * const onRequest = fastifyBearer(verifier, { permissions: ['records:read'] })
 * app.get('/records', { onRequest }, async (request) => ({ agent: delegationOf(request).sub }))
 * ```
 */
export function fastifyBearer(
  verifier: DelegationVerifier,
  requirement: PermissionRequirement = {},
): FastifyHook {
  assertVerifier(verifier)
  const checked = reusableRequirement(requirement)
  return async (request, reply) => {
    const isReply = hasMethods(reply, ['code', 'headers', 'send'])
    assertFramework(isReply && hasHeaders(request), 'fastifyBearer', 'those of a Fastify hook')
    try {
      const { headers, raw } = request
      const header = { value: headers.authorization, rawHeaders: raw?.rawHeaders }
      rememberClaims(request, await verifyBearer(verifier, header, checked, contextReader(request)))
      return undefined
    } catch (error) {
      const { status, headers, body } = challengeResponse(error)
      reply.code(status)
      reply.headers(headers)
      reply.send(body)
      // A hook that returns its reply ends the request.
      return reply
    }
  }
}

function contextReader(request: FastifyRequestLike): ReadContext {
  return (callIdHeader) => {
    const { method, url: path, routeOptions, headers } = request
    const line = { method, path, route: routeOptions?.url }
    return requestContext(line, (name) => Reflect.get(headers, name), callIdHeader)
  }
}
