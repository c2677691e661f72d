export type { ToolApprovalRule, ToolApprovalRules, ToolOutcome } from '@authsec/core/tool'
export type { CallOptions, ClientOf, UserOf } from './call-options.ts'
export type {
  AuthSecTool,
  Operation,
  SecureFetchOptions,
  ToolCallDetails,
} from './secure-tool.ts'
export { operationTool, secureFetchTool } from './secure-tool.ts'
export type {
  PausedRun,
  SettledApprovals,
  SettleOptions,
  WaitingCall,
} from './settle-approvals.ts'
export { settleApprovals } from './settle-approvals.ts'
export { authsecToolApproval } from './tool-approval.ts'
