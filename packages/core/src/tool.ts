export type { AskedToolCall, ToolApprovalRule, ToolApprovalRules } from './tool-approval.ts'
export { askForToolCall } from './tool-approval.ts'
export type {
  AgentTool,
  OperationOptions,
  SecureFetchInput,
  SecureFetchToolOptions,
  ToolContext,
} from './tool-definition.ts'
export { defineOperation, defineSecureFetch } from './tool-definition.ts'
export type { ToolFailure, ToolOutcome, ToolSuccess } from './tool-outcome.ts'
export { errorOutcome, outcomeText } from './tool-outcome.ts'
