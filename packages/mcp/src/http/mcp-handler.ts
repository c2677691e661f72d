import type { AuthSecClient } from '@authsec/core'
import { checkOptions, type OptionChecks, optional } from '@authsec/core/adapter'
import { type AuthSecMcpServerOptions, serverChecks } from '../server/server-options.ts'
import { actingAlone, actingForMany, type ClientOfCaller } from './acting-client.ts'
import { checkInbound, type InboundOptions } from './caller-auth.ts'
import { type AuthSecMcpHandler, createHttpHandler } from './http-handler.ts'
import { isWebAddress, textLike } from './server-address.ts'
import { type WebGuardOptions, webGuardChecks } from './web-guard.ts'

/** What an MCP server over HTTP offers, where it is, and who may call it. */
export interface AuthSecMcpHandlerOptions extends AuthSecMcpServerOptions, WebGuardOptions {
  /** The address that clients use, such as `https://mcp.example.com/mcp`. Its path is the one that is served. */
  readonly publicUrl: string
  /** Requires a delegation token of every caller. Default: no token, so listen on loopback only. */
  readonly inbound?: InboundOptions | undefined
}

const handlerChecks: OptionChecks<AuthSecMcpHandlerOptions> = {
  ...serverChecks,
  ...webGuardChecks,
  publicUrl: textLike(isWebAddress, 'a web address such as https://mcp.example.com/mcp'),
  inbound: optional(checkInbound),
}

/**
 * Creates an MCP server over streamable HTTP, as a `fetch` handler for hosts that take `Request` and
 * return `Response`. It checks `Host` and `Origin` and, with `inbound`, the bearer token of the caller
 * (RFC 6750, RFC 9728). It serves clients of MCP 2026-07-28 and, in sessions, of 2025. A request body
 * has at most 1 MiB.
 *
 * @param client - The identity that the tools act with, or a function that names it for each verified caller: then
 *   `inbound` is required, a caller for whom it returns nothing is refused with 403, and each client is offered the tools
 *   that its resources allow. The handler closes no client.
 * @throws ConfigError - for an option that is unknown, misspelt or unusable, for an operation that can
 *   never work, for a tool name that is not allowed or taken, and for a function without `inbound`.
 * @see MCP 2026-07-28 and 2025-11-25 (transports). Delegation tokens are verified as in contract 2.3.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { createAuthSecMcpHandler } from '@authsec/mcp'
 * import { createDelegationVerifier } from '@authsec/verify'
 *
 * const authSecUrl = 'https://auth.example.com'
 * const handler = createAuthSecMcpHandler(createAuthSecClientFromEnv(), {
 *   publicUrl: 'https://mcp.example.com/mcp',
 *   inbound: {
 *     authSecUrl,
 *     permissions: ['tools:use'],
 *     verifier: createDelegationVerifier({
 *       authSecUrl,
 *       tenantId: '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10',
 *       audience: 'mcp-server',
 *       resourceMetadataUrl: 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp',
 *     }),
 *   },
 * })
 *
 * export default { fetch: (request: Request) => handler.fetch(request) }
 * ```
 */
export function createAuthSecMcpHandler(
  client: AuthSecClient | ClientOfCaller,
  options: AuthSecMcpHandlerOptions,
): AuthSecMcpHandler {
  checkOptions<AuthSecMcpHandlerOptions>(options, 'the handler options', handlerChecks)
  const actingFor =
    typeof client === 'function'
      ? actingForMany(client, options, options.inbound)
      : actingAlone(client, options)
  return createHttpHandler(actingFor, options)
}
