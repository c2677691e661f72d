import { ConfigError } from '../options/config-error.ts'
import type { DelegationClaims } from '../token/claims.ts'

const claimsByRequest = new WeakMap<object, DelegationClaims>()

export function rememberClaims(request: object, claims: DelegationClaims): void {
  claimsByRequest.set(request, claims)
}

/**
 * Returns the claims that the middleware verified (contract 2.3), frozen. Pass the request of Express
 * or Fastify, or the context of Hono.
 *
 * Throws a `ConfigError` (`config_missing`) when no middleware of this package has verified a token for
 * this request, so that an unprotected route fails and does not serve data.
 *
 * @example
 * ```ts
 * import { createDelegationVerifier, delegationOf, expressBearer } from '@authsec/verify'
 * import express from 'express'
 *
 * const verifier = createDelegationVerifier({
 *   authSecUrl: 'https://auth.example.com',
 *   tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *   audience: 'records-api',
 * })
 * const app = express()
 * app.get('/whoami', expressBearer(verifier), (request, response) => {
 *   response.json({ agent: delegationOf(request).sub })
 * })
 * ```
 */
export function delegationOf(request: object): DelegationClaims {
  const claims = claimsByRequest.get(request)
  if (claims) return claims
  throw new ConfigError({
    code: 'config_missing',
    message: 'No delegation token was verified for this request.',
    hint: 'Add expressBearer, honoBearer or fastifyBearer to the route.',
  })
}
