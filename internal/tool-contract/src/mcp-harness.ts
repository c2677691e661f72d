import { createAuthSecMcpServerFactory } from '@authsec/mcp'
import { fastClock } from '@authsec-internal/test-kit'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { type ContractHarness, TOOL_NAME, type Turn } from './harness.ts'

const factoryFor = ({ client, tool, user }: Turn) =>
  createAuthSecMcpServerFactory(client, {
    ...(tool.kind === 'operation'
      ? { operations: [tool.options], secureFetch: false }
      : { secureFetch: tool.options ?? {} }),
    clock: fastClock,
    user: () => user,
  })

/** The official client and the server in one process, with MCP 2026-07-28 or, as `legacy`, of 2025. */
export const mcpHarness = (mode: 'auto' | 'legacy'): ContractHarness => ({
  tellsRunsApart: false,
  async run(turn) {
    const [near, far] = InMemoryTransport.createLinkedPair()
    const wire: string[] = []
    const send = far.send.bind(far)
    far.send = (message, options) => {
      wire.push(JSON.stringify(message))
      return send(message, options)
    }
    const server = serveStdio(factoryFor(turn), { transport: far })
    const client = new Client(
      { name: 'contract', version: '1.0.0' },
      { versionNegotiation: { mode } },
    )
    try {
      await client.connect(near)
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
      await server.close()
    }
  },
})
