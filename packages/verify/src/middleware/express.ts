import { type PermissionRequirement, reusableRequirement } from '../token/permissions.ts'
import type { DelegationVerifier } from '../verifier.ts'
import { challengeResponse } from './bearer.ts'
import { assertFramework, assertVerifier, hasHeaders } from './misuse.ts'
import { requestContext } from './request-context.ts'
import { rememberClaims } from './verified-claims.ts'
import { type ReadContext, verifyBearer } from './verify-bearer.ts'

/** The part of Express's request that the middleware uses. */
export interface ExpressRequestLike {
  readonly headers: { readonly authorization?: string | undefined }
  /** Names and values in turn. A request with two `Authorization` headers is rejected. */
  readonly rawHeaders?: readonly string[] | undefined
  /** For `onDecision`, as are the fields that follow. */
  readonly method?: string | undefined
  readonly originalUrl?: string | undefined
  readonly url?: string | undefined
  readonly baseUrl?: string | undefined
  readonly route?: unknown
}

/** The part of Express's response that the middleware uses; any `node:http` response fits. */
export interface ExpressResponseLike {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

export type ExpressMiddleware = (
  request: ExpressRequestLike,
  response: ExpressResponseLike,
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Creates middleware for Express 4 and 5. It passes requests whose bearer token is valid and has the
 * required permissions, and responds to all others with 401, 403 or 503 (RFC 6750 section 3).
 * `delegationOf(request)` returns the claims afterwards. Default requirement: any valid token.
 *
 * Throws a `ConfigError` when the verifier is not one, or when the requirement has an unknown name, an
 * empty array or a wrong permission name. Other errors go to Express through `next`.
 *
 * @example
 * ```ts
 * import { createDelegationVerifier, expressBearer } from '@authsec/verify'
 * import express from 'express'
 *
 * const verifier = createDelegationVerifier({
 *   authSecUrl: 'https://auth.example.com',
 *   tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *   audience: 'records-api',
 * })
 * const app = express()
 * const canRead = expressBearer(verifier, { permissions: ['records:read'] })
 * app.get('/records', canRead, (_request, response) => {
 *   response.json({ records: [] })
 * })
 * ```
 */
export function expressBearer(
  verifier: DelegationVerifier,
  requirement: PermissionRequirement = {},
): ExpressMiddleware {
  assertVerifier(verifier)
  const checked = reusableRequirement(requirement)
  return async (request, response, next) => {
    const hasNext = typeof next === 'function'
    assertFramework(hasNext && hasHeaders(request), 'expressBearer', 'those of Express')
    try {
      const { headers, rawHeaders } = request
      const header = { value: headers.authorization, rawHeaders }
      rememberClaims(request, await verifyBearer(verifier, header, checked, contextReader(request)))
    } catch (error) {
      return respond(error, response, next)
    }
    next()
  }
}

function contextReader(request: ExpressRequestLike): ReadContext {
  return (callIdHeader) => {
    const { method, originalUrl, url, baseUrl = '', headers } = request
    // A route can be declared as a pattern or as several, and a middleware of the whole app has none.
    const declared: unknown = Object(request.route).path
    const route = typeof declared === 'string' ? baseUrl + declared : undefined
    const line = { method, path: originalUrl ?? url, route }
    return requestContext(line, (name) => Reflect.get(headers, name), callIdHeader)
  }
}

function respond(
  error: unknown,
  response: ExpressResponseLike,
  next: (error?: unknown) => void,
): void {
  try {
    const { status, headers, body } = challengeResponse(error)
    response.statusCode = status
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.end(body)
  } catch (unexpected) {
    next(unexpected)
  }
}
