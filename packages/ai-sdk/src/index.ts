export type { ToolApprovalRule, ToolApprovalRules, ToolOutcome } from '@authsec/core/tool'
export type {
  AuthSecTool,
  Operation,
  SecureFetchOptions,
  ToolCallOptions,
} from './secure-tool.ts'
export { operationTool, secureFetchTool } from './secure-tool.ts'
export type { ToolApprovalAnswer, ToolApprovalQuestion } from './tool-approval.ts'
export { authsecToolApproval } from './tool-approval.ts'
