export type { ApprovalPoll, ApprovalQuestion } from './approval/approval.ts'
export type { Approval } from './approval/approved-request.ts'
export type { SecureFetchResponse } from './call/response-guard.ts'
export type { SecureFetchRequest } from './call/secure-fetch-request.ts'
export type { AuthSecClient } from './client/client.ts'
export type { FromEnvOverrides } from './client/client-from-env.ts'
export { createAuthSecClientFromEnv } from './client/client-from-env.ts'
export type { ClientOverrides } from './client/client-overrides.ts'
export type { AuthSecPool } from './client/client-pool.ts'
export { createAuthSecClient } from './client/create-client.ts'
export type { AuthSecPoolOptions } from './client/pool.ts'
export { createAuthSecPool } from './client/pool.ts'
export type { PoolFromEnvOptions } from './client/pool-from-env.ts'
export { createAuthSecPoolFromEnv } from './client/pool-from-env.ts'
export type { CloudExchangeOptions } from './cloud/cloud-api.ts'
export type { CloudCredentials } from './cloud/cloud-credentials.ts'
export type { AuthSecClientOptions } from './config/client-options.ts'
export type { Env } from './config/environment.ts'
export type {
  ApprovalErrorCode,
  CloudExchangeErrorCode,
  ConfigErrorCode,
  DelegationErrorCode,
  ResourceErrorCode,
} from './errors.ts'
export {
  ApprovalError,
  AuthSecError,
  CloudExchangeError,
  ConfigError,
  DelegationError,
  ResourceError,
} from './errors.ts'
export type { Logger, LoggerOptions, LoggerStyle, LogLevel } from './event-logger.ts'
export { toLogger } from './event-logger.ts'
export type { ApprovalDetails, AuthSecEvent, CallDetails, CallStart, OnEvent } from './events.ts'
export type { TokenProblem } from './http/challenge.ts'
export type { ChallengeReason } from './http/challenge-reason.ts'
export type { ChallengeResponse } from './http/challenge-source.ts'
export type { AuthSecChallenge } from './http/parse-challenge.ts'
export { parseAuthSecChallenge } from './http/parse-challenge.ts'
export type { Dispatcher, FetchLike } from './http/transport.ts'
export { combineObservers } from './observers.ts'
export type { ApprovalLimits, ApprovalOptions } from './options/approval-limits.ts'
export type { RateLimit } from './options/rate-limit.ts'
export type { SealingKey } from './options/sealing-keys.ts'
export type { ApprovalView, PendingApproval } from './pending.ts'
export type { ApprovalRule, ResourceOptions } from './policy/resource-policy.ts'
export type { ReporterOptions } from './reporter.ts'
export { createConsoleReporter } from './reporter.ts'
export type { AuthSecStore, Lease } from './store/store.ts'
export type { Clock } from './support/clock.ts'
export type { DelegationToken } from './token/delegation-token.ts'
