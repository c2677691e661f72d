import { type AuthSecClient, ConfigError } from '@authsec/core'
import { assertClient, invalidOption, namedClientOrNobody } from '@authsec/core/adapter'
import type { McpServer } from '@modelcontextprotocol/server'
import { createServerFactory } from '../server/mcp-server.ts'
import type { AuthSecMcpServerOptions } from '../server/server-options.ts'
import { defineTools, offeredTo } from '../server/server-tools.ts'

/** Who calls a server over HTTP. All but the headers was verified, and nothing of it is in the arguments of a tool. */
export interface McpCaller {
  /** The subject of the caller's token, a SPIFFE ID. */
  readonly subject: string
  /** The permissions that the token carries. */
  readonly permissions: readonly string[]
  /** The tenant, or the workspace, of the token, if it names one. */
  readonly tenantId: string | undefined
  /** The headers of the request without `Authorization`. The caller writes them, so they prove nothing. */
  readonly headers: Headers
}

/**
 * Names the agent that acts for a caller, for a server that acts for many. For a caller without one, return nothing:
 * the request is then refused with 403, and never served as another agent.
 */
export type ClientOfCaller = (caller: McpCaller) => AuthSecClient | undefined

/** Who acts in a request. */
export interface Acting {
  readonly client: AuthSecClient
  /** Creates servers of this agent: its tools, its questions to people. */
  readonly factory: () => McpServer
}

/** Finds who acts for a caller; nobody for one that the program does not know. Throws `ConfigError`. */
export type ActingFor = (caller: McpCaller | undefined) => Acting | undefined

/** The same agent for everybody. Throws `ConfigError` for tools that can never work. */
export function actingAlone(client: AuthSecClient, options: AuthSecMcpServerOptions): ActingFor {
  assertClient(client, 'client')
  const acting: Acting = { client, factory: createServerFactory(client, options) }
  return () => acting
}

/**
 * An agent for each caller. Each client has its own tools, open questions and sealed rounds, made at its first request
 * and kept for as long as somebody holds the client. Throws `ConfigError` for tools that can never work for anybody.
 */
export function actingForMany(
  clientOf: ClientOfCaller,
  options: AuthSecMcpServerOptions,
  inbound: unknown,
): ActingFor {
  if (inbound === undefined) {
    throw invalidOption(
      '`inbound`',
      'is missing, but `client` is a function of the caller',
      'Set `inbound`: without it, nobody knows who calls. For one agent, pass its client.',
    )
  }
  defineTools(undefined, options)
  const known = new WeakMap<AuthSecClient, Acting>()
  return (caller) => {
    if (!caller) throw new ConfigError(NO_CALLER)
    const client = namedClientOrNobody(clientOf, caller, 'the handler')
    if (!client) return undefined
    const acting = known.get(client) ?? {
      client,
      factory: createServerFactory(client, offeredTo(client, options)),
    }
    known.set(client, acting)
    return acting
  }
}

const NO_CALLER = {
  code: 'config_invalid',
  message: 'A request without a verified caller reached a server that acts for many agents.',
  hint: 'Set `inbound` of the handler.',
} as const
