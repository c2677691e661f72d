export type { Clock } from './clock.ts'
export type { VerificationErrorCode, VerificationErrorOptions } from './errors.ts'
export { VerificationError } from './errors.ts'
export type { FetchLike } from './http.ts'
export type { AuthenticatedRequest } from './middleware/authenticate-request.ts'
export { authenticateRequest } from './middleware/authenticate-request.ts'
export { delegationOf } from './middleware/bearer.ts'
export type {
  ExpressMiddleware,
  ExpressRequestLike,
  ExpressResponseLike,
} from './middleware/express.ts'
export { expressBearer } from './middleware/express.ts'
export type { FastifyHook, FastifyReplyLike, FastifyRequestLike } from './middleware/fastify.ts'
export { fastifyBearer } from './middleware/fastify.ts'
export type { HonoContextLike, HonoMiddleware } from './middleware/hono.ts'
export { honoBearer } from './middleware/hono.ts'
export type { DelegationVerifierOptions, OnlineCheckOptions, PublicKeyJwk } from './options.ts'
export type { DelegationClaims } from './token/claims.ts'
export type { PermissionRequirement } from './token/permissions.ts'
export type { DelegationVerifier } from './verifier.ts'
export { createDelegationVerifier } from './verifier.ts'
