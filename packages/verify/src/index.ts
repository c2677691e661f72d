export type { VerificationContext } from './decisions/context.ts'
export type { VerificationDecision } from './decisions/decision.ts'
export type { VerificationErrorOptions } from './errors.ts'
export { VerificationError } from './errors.ts'
export type { FetchLike } from './http/request-json.ts'
export type { AuthenticatedRequest } from './middleware/authenticate-request.ts'
export { authenticateRequest } from './middleware/authenticate-request.ts'
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
export { delegationOf } from './middleware/verified-claims.ts'
export type { ConfigErrorCode, ConfigErrorOptions } from './options/config-error.ts'
export { ConfigError } from './options/config-error.ts'
export type {
  DelegationVerifierOptions,
  OnlineCheckOptions,
  PublicKeyJwk,
} from './options/options.ts'
export type { Clock } from './support/clock.ts'
export type { DelegationClaims } from './token/claims.ts'
export type { PermissionRequirement } from './token/permissions.ts'
export type { VerificationErrorCode } from './verification-codes.ts'
export type { DelegationVerifier } from './verifier.ts'
export { createDelegationVerifier } from './verifier.ts'
