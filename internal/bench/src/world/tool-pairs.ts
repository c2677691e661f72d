import type { AuthSecClient } from '@authsec/core'
import { tool as langchainTool } from '@langchain/core/tools'
import { createTool } from '@mastra/core/tools'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import type { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'
import type { Checkout } from './checkouts.ts'
import { bareMcpServer, MCP_CALL } from './mcp-server.ts'

/** The same call of a tool written by hand for a framework, and of ours. */
export interface ToolPair {
  readonly framework: string
  bare(): Promise<unknown>
  ours(): Promise<unknown>
  close?(): Promise<void>
}

const input = { endpoint: 'x' }
const schema = z.object({ endpoint: z.string() })
const about = { name: 'read', description: 'Calls the API.' }

export async function toolPairs(checkout: Checkout, client: AuthSecClient): Promise<ToolPair[]> {
  const call = async (args: { endpoint: string }): Promise<object> => {
    const { status, data } = await client.secureFetch({ endpoint: args.endpoint })
    return { ok: true, status, data }
  }
  const byHand = async (args: unknown): Promise<object> => call(schema.parse(args))
  return [
    await aiSdk(checkout, client, byHand),
    await langChain(checkout, client, call),
    await llamaIndex(checkout, client, byHand),
    await mastra(checkout, client, call),
    await mcp(checkout, client),
  ]
}

type Call<Args> = (args: Args) => Promise<object>
type Args = z.infer<typeof schema>

/** The AI SDK calls `execute` with what it has validated by the schema. */
async function aiSdk(
  { load }: Checkout,
  client: AuthSecClient,
  byHand: Call<unknown>,
): Promise<ToolPair> {
  const { secureFetchTool } = await load('ai-sdk')
  const { inputSchema, execute } = secureFetchTool(client)
  const options = { toolCallId: 'call-1', messages: [] }
  const ours = (): Promise<unknown> => execute(inputSchema.parse(input), options)
  return { framework: 'AI SDK', bare: () => byHand(input), ours }
}

async function langChain(
  { load }: Checkout,
  client: AuthSecClient,
  call: Call<Args>,
): Promise<ToolPair> {
  const { secureFetchTool } = await load('langchain')
  const ours = secureFetchTool(client)
  const bare = langchainTool(async (args) => JSON.stringify(await call(args)), { ...about, schema })
  return { framework: 'LangChain', bare: () => bare.invoke(input), ours: () => ours.invoke(input) }
}

async function llamaIndex(
  { load }: Checkout,
  client: AuthSecClient,
  byHand: Call<unknown>,
): Promise<ToolPair> {
  const { secureFetchTool } = await load('llamaindex')
  const ours = secureFetchTool(client)
  const bare = async (): Promise<string> => JSON.stringify(await byHand(input))
  return { framework: 'LlamaIndex', bare, ours: () => ours.call(input) }
}

async function mastra(
  { load }: Checkout,
  client: AuthSecClient,
  call: Call<Args>,
): Promise<ToolPair> {
  const { secureFetchTool } = await load('mastra')
  const ours = secureFetchTool(client)
  const bare = createTool({
    id: about.name,
    description: about.description,
    inputSchema: schema,
    execute: call,
  })
  const context = {} as Parameters<NonNullable<typeof bare.execute>>[1]
  return {
    framework: 'Mastra',
    bare: async () => bare.execute?.(input, context),
    ours: async () => ours.execute?.(input, context),
  }
}

async function mcp({ load }: Checkout, client: AuthSecClient): Promise<ToolPair> {
  const { createAuthSecMcpServerFactory } = await load('mcp')
  const bare = await inMemory(() => bareMcpServer(client))
  const ours = await inMemory(createAuthSecMcpServerFactory(client))
  return {
    framework: 'MCP in memory',
    bare: bare.call,
    ours: ours.call,
    async close() {
      await bare.close()
      await ours.close()
    },
  }
}

async function inMemory(factory: () => McpServer) {
  const [near, far] = InMemoryTransport.createLinkedPair()
  const server = serveStdio(factory, { transport: far })
  const info = { name: 'bench', version: '1.0.0' }
  const client = new Client(info, { versionNegotiation: { mode: 'auto' } })
  await client.connect(near)
  return {
    call: () => client.callTool(MCP_CALL),
    async close() {
      await client.close()
      await server.close()
    },
  }
}
