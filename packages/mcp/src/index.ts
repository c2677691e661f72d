export type { ClientOfCaller, McpCaller } from './http/acting-client.ts'
export type { InboundOptions } from './http/caller-auth.ts'
export type { AuthSecMcpHandler } from './http/http-handler.ts'
export type { AuthSecMcpHandlerOptions } from './http/mcp-handler.ts'
export { createAuthSecMcpHandler } from './http/mcp-handler.ts'
export type { WebGuardOptions } from './http/web-guard.ts'
export { createAuthSecMcpServer, createAuthSecMcpServerFactory } from './server/mcp-server.ts'
export type {
  ApprovalOptions,
  AuthSecMcpServerOptions,
  McpOperation,
} from './server/server-options.ts'
