import { hasMethods } from '../options/option-values.ts'
import { type PermissionRequirement, reusableRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { challengeResponse } from './bearer.ts'
import { assertFramework, assertVerifier } from './misuse.ts'
import { requestContext } from './request-context.ts'
import { rememberClaims } from './verified-claims.ts'
import { type ReadContext, verifyBearer } from './verify-bearer.ts'

/** The part of Hono's context that the middleware uses. */
export interface HonoContextLike {
  readonly req: {
    header(name: string): string | undefined
    /** For `onDecision`, as are the fields that follow. */
    readonly method?: string | undefined
    readonly path?: string | undefined
    readonly routePath?: string | undefined
  }
}

export type HonoMiddleware = (
  context: HonoContextLike,
  next: () => Promise<void>,
) => Promise<Response | undefined>

/**
 * Creates middleware for Hono 4. It passes requests whose bearer token is valid and has the required
 * permissions, and responds to all others with 401, 403 or 503 (RFC 6750 section 3). `delegationOf(c)`
 * returns the claims afterwards. Default requirement: any valid token.
 *
 * Throws a `ConfigError` when the verifier is not one, or when the requirement has an unknown name, an
 * empty array or a wrong permission name. The middleware rejects with other errors, which Hono handles.
 *
 * @example
 * ```ts
 * import { createDelegationVerifier, delegationOf, honoBearer } from '@authsec/verify'
 * import { Hono } from 'hono'
 *
 * const verifier = createDelegationVerifier({
 *   authSecUrl: 'https://auth.example.com',
 *   tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *   audience: 'records-api',
 * })
 * const app = new Hono()
 * const canRead = honoBearer(verifier, { permissions: ['records:read'] })
 * app.get('/records', canRead, (c) => c.json({ agent: delegationOf(c).sub }))
 * ```
 */
export function honoBearer(
  verifier: DelegationVerifier,
  requirement: PermissionRequirement = {},
): HonoMiddleware {
  assertVerifier(verifier)
  const checked = reusableRequirement(requirement)
  return async (context, next) => {
    const hasNext = typeof next === 'function'
    assertFramework(hasNext && hasMethods(context?.req, ['header']), 'honoBearer', 'those of Hono')
    try {
      const header = { value: context.req.header('authorization') }
      rememberClaims(context, await verifyBearer(verifier, header, checked, contextReader(context)))
    } catch (error) {
      const { status, headers, body } = challengeResponse(error)
      return new Response(body, { status, headers })
    }
    await next()
    return undefined
  }
}

function contextReader({ req }: HonoContextLike): ReadContext {
  return (callIdHeader) => {
    const { method, path } = req
    // Of middleware for several routes it is the pattern that it was added with, which names none of them.
    const route = req.routePath?.endsWith('*') ? undefined : req.routePath
    return requestContext({ method, path, route }, (name) => req.header(name), callIdHeader)
  }
}
