import type { Env } from '@authsec/core'
import { UsageError } from '@authsec-apps/demo-kit'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { followLog, serverCommand, startHttpServer } from './server.ts'

export interface Connection {
  readonly client: Client
  /** Protocol and transport, for the screen. */
  readonly description: string
  close(): Promise<void>
}

/** The official client. It uses MCP 2026-07-28 with servers that support it. */
function createClient(): Client {
  const info = { name: 'crew-analyst', version: '1.0.0' }
  return new Client(info, { versionNegotiation: { mode: 'auto' } })
}

/** The server as a child process on standard input and output, as desktop hosts and crews start it. */
export async function connectStdio(env: Env): Promise<Connection> {
  const client = createClient()
  const transport = new StdioClientTransport({ ...serverCommand(env), stderr: 'pipe' })
  const log = transport.stderr && followLog(transport.stderr)
  try {
    await client.connect(transport)
  } catch (error) {
    await client.close()
    throw new UsageError(log?.lastLine() ?? messageOf(error))
  }
  return { client, description: describe(client, 'stdio'), close: () => client.close() }
}

/** The server as a process of its own, over streamable HTTP on this machine. */
export async function connectHttp(env: Env): Promise<Connection> {
  const { url, child } = await startHttpServer(env)
  const client = createClient()
  const close = async (): Promise<void> => {
    await client.close()
    child.kill('SIGTERM')
  }
  try {
    await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  } catch (error) {
    await close()
    throw new UsageError(messageOf(error))
  }
  return { client, description: describe(client, url), close }
}

function describe(client: Client, place: string): string {
  return `MCP ${client.getNegotiatedProtocolVersion() ?? ''} over ${place}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The server cannot be reached.'
}
