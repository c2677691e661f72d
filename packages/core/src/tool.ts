export type { AskedToolCall, ToolApprovalRule, ToolApprovalRules } from './tool/tool-approval.ts'
export { requestToolApproval } from './tool/tool-approval.ts'
export type {
  AgentTool,
  OperationOptions,
  SecureFetchInput,
  SecureFetchToolOptions,
  ToolContext,
} from './tool/tool-definition.ts'
export { defineOperation, defineSecureFetch } from './tool/tool-definition.ts'
export type { ToolFailure, ToolOutcome, ToolSuccess } from './tool/tool-outcome.ts'
export { errorOutcome, outcomeText } from './tool/tool-outcome.ts'
