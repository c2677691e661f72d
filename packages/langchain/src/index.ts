export type { AgentRun } from './run/agent-run.ts'
export {
  AuthSecCallbackHandler,
  delegationTokenFrom,
  findCallbackHandler,
} from './run/callback-handler.ts'
export type { AuthSecSecureFetchToolOptions } from './tools/secure-fetch-tool.ts'
export {
  AuthSecSecureFetchTool,
  operationTool,
  secureFetchTool,
} from './tools/secure-fetch-tool.ts'
export type { ToolCallOptions } from './tools/structured-tool.ts'
export { AuthSecStructuredTool } from './tools/structured-tool.ts'
