export type { Approval, ApprovalPoll, ApprovalQuestion, PendingApproval } from './approval.ts'
export type { AuthSecClient, ResourceSummary } from './client.ts'
export { createAuthSecClient } from './client.ts'
export type { FromEnvOverrides } from './client-from-env.ts'
export { createAuthSecClientFromEnv } from './client-from-env.ts'
export type { Clock } from './clock.ts'
export type { CloudExchangeOptions, CloudProvider } from './cloud-api.ts'
export type { CloudCredentials, ExchangeCloudCredentials } from './cloud-credentials.ts'
export type { AuthSecClientOptions, CibaConfig, CibaFlow } from './config.ts'
export type { DelegationToken } from './delegation-token.ts'
export type { Query, QueryValue } from './endpoint.ts'
export type { Env } from './environment.ts'
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
export type { EmulatorHandle } from './mock-server.ts'
export type { SecureFetchRequest } from './planned-call.ts'
export type { ReporterOptions } from './reporter.ts'
export { createConsoleReporter } from './reporter.ts'
export type { ApprovalRule, ApprovalSubject, ResourceOptions } from './resource-policy.ts'
export type { SecureFetchResponse } from './response-guard.ts'
export type { BudgetLimits } from './run-budget.ts'
export type { GetTokenOptions } from './token-source.ts'
export type { Dispatcher, FetchLike } from './transport.ts'
export { parseUntrustedJson } from './untrusted-json.ts'
