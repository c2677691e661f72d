import type { AuthSecClient } from '@authsec/core'
import { createAuthSecMcpServerFactory } from '../server/mcp-server.ts'
import type { AuthSecMcpHandler, AuthSecMcpHandlerOptions } from './http-handler.ts'

/**
 * The server over streamable HTTP, for hosts that speak `Request` and `Response`: checks `Host` and
 * `Origin`, the caller's bearer if asked to, and serves clients of 2026-07-28 and, in sessions, of
 * 2025. Throws `ConfigError` like the factory.
 */
export function createAuthSecMcpHandler(
  client: AuthSecClient,
  options: AuthSecMcpHandlerOptions,
): AuthSecMcpHandler {
  const factory = createAuthSecMcpServerFactory(client, options)
  const site = { ...options, address: new URL(options.publicUrl) }
  // Loaded with the first handler: a server over standard input and output never needs it.
  const handler = import('./http-handler.ts').then(({ createHttpHandler }) =>
    createHttpHandler(factory, site),
  )
  // Nothing is served without it: every request fails with the reason.
  handler.catch(() => undefined)
  return {
    fetch: async (request) => (await handler).fetch(request),
    close: async () => (await handler).close(),
  }
}
