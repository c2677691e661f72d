import type { AuthSecClient } from '@authsec/core'
import {
  type AuthSecMcpServerOptions,
  createAuthSecMcpHandler,
  createAuthSecMcpServerFactory,
  type InboundOptions,
} from '@authsec/mcp'
import { fastClock } from '@authsec-internal/test-kit'
import {
  Client,
  InMemoryTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import {
  type ContractHarness,
  type OrderedTool,
  type SharedTurn,
  TOOL_NAME,
  type TurnResult,
} from './harness.ts'

type Protocol = 'auto' | 'legacy'

const optionsFor = (tool: OrderedTool): AuthSecMcpServerOptions => ({
  ...(tool.kind === 'operation'
    ? { operations: [tool.options], secureFetch: false }
    : { secureFetch: tool.options ?? {} }),
  clock: fastClock,
})

/** The official client and the server in one process, with MCP 2026-07-28 or, as `legacy`, of 2025. */
export const mcpHarness = (mode: Protocol): ContractHarness => ({
  tellsRunsApart: false,
  async run(turn) {
    const [near, far] = InMemoryTransport.createLinkedPair()
    const wire: string[] = []
    const send = far.send.bind(far)
    far.send = (message, options) => {
      wire.push(JSON.stringify(message))
      return send(message, options)
    }
    const options = { ...optionsFor(turn.tool), user: () => turn.user }
    const server = serveStdio(createAuthSecMcpServerFactory(turn.client, options), {
      transport: far,
    })
    try {
      return await runWith(mode, near, turn, wire)
    } finally {
      await server.close()
    }
  },
  share(tool) {
    const agents = new Map<string, AuthSecClient>()
    const publicUrl = 'http://127.0.0.1:7400/mcp'
    const handler = createAuthSecMcpHandler(({ subject }) => agents.get(subject), {
      ...optionsFor(tool),
      publicUrl,
      inbound,
    })
    return async (turn) => {
      const subject = `agent-${agents.size}`
      agents.set(subject, turn.client)
      const wire: string[] = []
      const transport = new StreamableHTTPClientTransport(new URL(publicUrl), {
        requestInit: { headers: { authorization: `Bearer ${subject}`, host: '127.0.0.1:7400' } },
        async fetch(url, init) {
          const response = await handler.fetch(new Request(url, init))
          const copy = response.clone()
          void copy.text().then((text) => wire.push(text))
          return response
        },
      })
      return runWith(mode, transport, turn, wire)
    }
  },
})

/** What the inbound tokens say is not the contract's affair: the name of the caller stands for its token. */
const inbound: InboundOptions = {
  authSecUrl: 'https://auth.example.com',
  verifier: {
    async verify(token) {
      const sub = token ?? ''
      return { iss: '', sub, aud: [], exp: 4_000_000_000, iat: 0, permissions: [] }
    },
  },
}

async function runWith(
  mode: Protocol,
  transport: Transport,
  turn: SharedTurn,
  wire: readonly string[],
): Promise<TurnResult> {
  const client = new Client(
    { name: 'contract', version: '1.0.0' },
    { versionNegotiation: { mode } },
  )
  try {
    await client.connect(transport)
    const { tools } = await client.listTools()
    const options = turn.signal && { signal: turn.signal }
    const callAll = () =>
      Promise.all(
        turn.calls.map((args) => client.callTool({ name: TOOL_NAME, arguments: args }, options)),
      )
    const results = await callAll()
    for (let time = 1; time < turn.times; time++) results.push(...(await callAll()))
    const shown = tools.filter(({ name }) => name === TOOL_NAME)
    return {
      // Hosts give the text to a model; the structured content is the same.
      answers: results.map(({ content: [block] }) => (block?.type === 'text' ? block.text : '')),
      shown: shown.map(({ name, description, inputSchema }) => {
        return { name, description, schema: inputSchema }
      }),
      recorded: { results, wire },
    }
  } finally {
    await client.close()
  }
}
