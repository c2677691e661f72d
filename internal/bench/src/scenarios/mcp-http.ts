import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { compare, compareCheckouts, type Figure } from '../measuring/figures.ts'
import { type Measurement, measure, oneByOne } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import { startChild } from '../world/child.ts'
import type { McpServers } from '../world/mcp-process.ts'
import { MCP_CALL } from '../world/mcp-server.ts'

/** What the MCP server adds over HTTP, where a new server answers each request. */
export const mcpHttp: Scenario = {
  name: 'mcp-http',
  method:
    'The official client calls one tool over HTTP (MCP 2026-07-28) with an answer of 1 KiB: `createAuthSecMcpHandler` beside a bare server of the SDK with an output schema. The CPU is that of the process with the servers.',
  async run({ checkouts, pace }) {
    const figures: Figure[] = []
    const measured: Measurement[] = []
    const ours: Measurement[] = []
    for (const { label, root } of checkouts) {
      await using child = await startChild<McpServers>('./mcp-process.ts', ['--root', root])
      const clients = [
        await callerOf(child.ready.bare, `bare server${label}`),
        await callerOf(child.ready.authsec, `authsec-mcp${label}`),
      ]
      const subjects = clients.map(({ name, run }) => ({ name, run, cpuUs: child.cpuUs }))
      const results = await measure(subjects, pace)
      for (const { close } of clients) await close()
      const [baseline, own] = results
      const goal = label === '' ? ('MCP over HTTP / bare server' as const) : undefined
      figures.push(...compare({ baseline, ours: [own], of: '1 KiB', goal }))
      figures.push(...compare({ baseline, ours: [own], of: '1 KiB', by: 'wallUs' }))
      measured.push(...results)
      if (own) ours.push(own)
    }
    figures.push(...compareCheckouts(ours, '1 KiB'))
    return [{ title: 'MCP over HTTP', figures, measured }]
  },
}

async function callerOf(url: string, name: string) {
  const info = { name: 'bench', version: '1.0.0' }
  const client = new Client(info, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)))
  const run = oneByOne(async () => {
    const result = await client.callTool(MCP_CALL)
    if (result.isError) throw new Error('The bench called a tool, and the result is an error.')
  })
  return { name, run, close: () => client.close() }
}
