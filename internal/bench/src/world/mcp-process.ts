/** Two MCP servers over HTTP in a process of their own: a bare one, and that of @authsec/mcp. */
import { createServer, type IncomingMessage } from 'node:http'
import { parseArgs } from 'node:util'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { jsonBody } from './bodies.ts'
import { loadCheckout } from './checkouts.ts'
import { serveParent } from './child.ts'
import { socketlessClient } from './clients.ts'
import { listen } from './listen.ts'
import { bareMcpServer } from './mcp-server.ts'

/** The addresses of both servers. */
export interface McpServers {
  readonly bare: string
  readonly authsec: string
}

const { values } = parseArgs({ options: { root: { type: 'string', default: '' } } })
const { core, load } = await loadCheckout(values.root, '')
const { createAuthSecMcpHandler } = await load('mcp')
const client = socketlessClient(core, jsonBody('words', 1_024))

interface Handler {
  fetch(request: Request): Promise<Response>
}

/** A handler is created when its port is known. */
async function serve(create: (url: string) => Handler): Promise<string> {
  let handler: Handler | undefined
  const server = createServer((request: IncomingMessage, response) => {
    if (handler) void toNodeHandler(handler)(request as never, response)
  })
  const url = `${await listen(server)}/mcp`
  handler = create(url)
  return url
}

serveParent({
  bare: await serve(() => createMcpHandler(() => bareMcpServer(client))),
  authsec: await serve((publicUrl) => createAuthSecMcpHandler(client, { publicUrl })),
} satisfies McpServers)
