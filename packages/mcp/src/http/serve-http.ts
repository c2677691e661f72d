import type { AuthSecClient, Env } from '@authsec/core'
import type { HttpChoice } from '../config/command-line.ts'
import type { AuthSecMcpServerOptions } from '../server/server-options.ts'
import { startHttpServer } from './http-server.ts'
import { createInbound, publicUrlOf } from './http-settings.ts'
import { createAuthSecMcpHandler } from './mcp-handler.ts'

export interface ServedHttp {
  /** The address it listens at, with the path that it serves. */
  readonly address: string
  close(): Promise<void>
}

/** Serves HTTP as the command line and the environment say. Throws `ConfigError`. */
export async function serveHttp(
  client: AuthSecClient,
  options: AuthSecMcpServerOptions,
  http: HttpChoice,
  env: Env,
): Promise<ServedHttp> {
  const { port, host, allowedHosts, allowedOrigins } = http
  const { onError } = options
  const { origin, close } = await startHttpServer({ port, host, onError }, (origin) => {
    const publicUrl = publicUrlOf(env, origin)
    const inbound = createInbound(env, http, client.mode, publicUrl)
    const site = { allowedHosts, allowedOrigins, publicUrl, inbound }
    return createAuthSecMcpHandler(client, { ...options, ...site })
  })
  return { address: `${origin}${new URL(publicUrlOf(env, origin)).pathname}`, close }
}
