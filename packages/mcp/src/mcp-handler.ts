import type { AuthSecClient } from '@authsec/core'
import type { InboundOptions } from './inbound.ts'
import { type AuthSecMcpServerOptions, createAuthSecMcpServerFactory } from './mcp-server.ts'
import type { WebGuardOptions } from './web-guard.ts'

export interface AuthSecMcpHandlerOptions extends AuthSecMcpServerOptions, WebGuardOptions {
  /** The address clients use, such as `https://mcp.example.com/mcp`; its path is the one served. */
  publicUrl: string
  /** Demands a delegation token of every caller. Default: none, so bind to loopback only. */
  inbound?: InboundOptions | undefined
}

export interface AuthSecMcpHandler {
  fetch(request: Request): Promise<Response>
  /** Ends what is under way; calls that wait for an approval are not made. */
  close(): Promise<void>
}

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
