export type {
  Approval,
  ApprovalPoll,
  ApprovalQuestion,
  PendingApproval,
} from './approval/approval.ts'
export type { SecureFetchResponse } from './call/response-guard.ts'
export { parseUntrustedJson } from './call/untrusted-json.ts'
export type { AuthSecClient, ResourceSummary } from './client/client.ts'
export { createAuthSecClient } from './client/client.ts'
export type { FromEnvOverrides } from './client/client-from-env.ts'
export { createAuthSecClientFromEnv } from './client/client-from-env.ts'
export type { EmulatorHandle } from './client/mock-server.ts'
export type { CloudExchangeOptions, CloudProvider } from './cloud/cloud-api.ts'
export type { CloudCredentials, ExchangeCloudCredentials } from './cloud/cloud-credentials.ts'
export type { AuthSecClientOptions, CibaConfig, CibaFlow } from './config/config.ts'
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
export type {
  ApprovalOutcome,
  AuthSecEvent,
  Mode,
  OnEvent,
  TokenRequestReason,
  WarningCode,
} from './events.ts'
export type { Dispatcher, FetchLike } from './http/transport.ts'
export type { Query, QueryValue } from './policy/endpoint.ts'
export type { SecureFetchRequest } from './policy/plan-call.ts'
export type { ApprovalRule, ApprovalSubject, ResourceOptions } from './policy/resource-policy.ts'
export type { BudgetLimits } from './policy/run-budget.ts'
export type { ReporterOptions } from './reporter.ts'
export { createConsoleReporter } from './reporter.ts'
export type { Clock } from './support/clock.ts'
export type { DelegationToken } from './token/delegation-token.ts'
export type { GetTokenOptions } from './token/token-source.ts'
