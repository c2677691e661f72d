import type { AuthSecClient, Env } from '@authsec/core'
import type { HttpChoice } from '../config/command-line.ts'
import type { AuthSecMcpServerOptions } from '../server/mcp-server.ts'
import { startHttpServer } from './http-server.ts'
import { createInbound, publicUrlOf } from './http-settings.ts'
import { createAuthSecMcpHandler } from './mcp-handler.ts'

export interface ServedHttp {
  /** Where it listens, with the path that is served. */
  readonly address: string
  close(): Promise<void>
}

/** What the program does with `--http`, as the environment says. Throws `ConfigError`. */
export async function serveHttp(
  client: AuthSecClient,
  options: AuthSecMcpServerOptions,
  http: HttpChoice,
  env: Env,
): Promise<ServedHttp> {
  const { onError } = options
  const { origin, close } = await startHttpServer({ ...http, onError }, (origin) => {
    const publicUrl = publicUrlOf(env, origin)
    const inbound = createInbound(env, http, client.mode, publicUrl)
    return createAuthSecMcpHandler(client, { ...options, ...http, publicUrl, inbound })
  })
  return { address: `${origin}${new URL(publicUrlOf(env, origin)).pathname}`, close }
}
