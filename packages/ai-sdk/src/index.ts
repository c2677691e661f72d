export type { ToolApprovalRule, ToolApprovalRules, ToolOutcome } from '@authsec/core/tool'
export type { Approvals, ApprovalsOptions, SealStore, SettleOptions } from './approvals.ts'
export { createApprovals } from './approvals.ts'
export type { ClientOf, ToolCallOptions } from './call-options.ts'
export type { ApprovalChunk, ApprovalData, ApprovalWriter, ChatMessage } from './message-parts.ts'
export type {
  AuthSecTool,
  Operation,
  SecureFetchOptions,
} from './secure-tool.ts'
export { operationTool, secureFetchTool } from './secure-tool.ts'
export type { Settled } from './settle-messages.ts'
export type { CallResult } from './suspended-call.ts'
export type { ToolApprovalAnswer, ToolApprovalQuestion } from './tool-approval.ts'
export { authsecToolApproval } from './tool-approval.ts'
