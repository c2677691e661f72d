export {
  AuthSecCallbackHandler,
  delegationTokenFrom,
  findCallbackHandler,
} from './callback-handler.ts'
export type { AuthSecSecureFetchToolOptions } from './secure-fetch-tool.ts'
export { AuthSecSecureFetchTool, operationTool, secureFetchTool } from './secure-fetch-tool.ts'
export { AuthSecStructuredTool } from './structured-tool.ts'
