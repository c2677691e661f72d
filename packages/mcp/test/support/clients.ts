import { watch } from '@authsec-internal/test-kit'
import {
  Client as Client2026,
  type ClientOptions,
  InMemoryTransport,
} from '@modelcontextprotocol/client'
import { Client as Client2025 } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport as InMemoryTransport2025 } from '@modelcontextprotocol/sdk/inMemory.js'
import type { McpServerFactory } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

const info = { name: 'test', version: '1.0.0' }

export interface Connected<C> extends AsyncDisposable {
  client: C
  /** Every message that the server sent, as text. The leak watch reads them too. */
  readonly received: readonly string[]
}

interface Watchable {
  onmessage?: unknown
  send(message: never, options?: never): Promise<void>
}

/** A client of the protocol of 2026-07-28 beside a server, in one process. */
export async function connect2026(
  factory: McpServerFactory,
  options: ClientOptions = {},
): Promise<Connected<Client2026>> {
  const [near, far] = InMemoryTransport.createLinkedPair()
  const received = spyOnSends(far)
  const server = serveStdio(factory, { transport: far })
  const client = new Client2026(info, { versionNegotiation: { mode: 'auto' }, ...options })
  await client.connect(near)
  return { client, received, [Symbol.asyncDispose]: () => close(client, server) }
}

/** A client of version 1 of the SDK, for the protocol of 2025-11-25 and older. */
export async function connect2025(factory: McpServerFactory): Promise<Connected<Client2025>> {
  const [near, far] = InMemoryTransport2025.createLinkedPair()
  const received = spyOnSends(far)
  const server = serveStdio(factory, { transport: far as never })
  const client = new Client2025(info)
  await client.connect(near)
  return { client, received, [Symbol.asyncDispose]: () => close(client, server) }
}

function spyOnSends(transport: Watchable): string[] {
  const received: string[] = []
  const send = transport.send.bind(transport)
  transport.send = (message, options) => {
    const text = JSON.stringify(message)
    received.push(text)
    watch('MCP message', text)
    return send(message, options)
  }
  return received
}

async function close(
  client: { close(): Promise<void> },
  server: { close(): Promise<void> },
): Promise<void> {
  await client.close()
  await server.close()
}
