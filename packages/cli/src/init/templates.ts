/** What `authsec init` can write. */
export type FrameworkName =
  | 'langchain'
  | 'ai-sdk'
  | 'mastra'
  | 'openai-agents'
  | 'llamaindex'
  | 'mcp'
  | 'none'

export interface Template {
  /** Shown where the person chooses. */
  readonly title: string
  /** The packages that the agent imports. */
  readonly packages: readonly string[]
  /** What it needs on top with a model. */
  readonly withModel: readonly string[]
  readonly code: string
}

const CLIENT = `const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'auto', ...process.env })`
const CORE = `import { createAuthSecClientFromEnv } from '@authsec/core'`

export const templates: Readonly<Record<FrameworkName, Template>> = {
  langchain: {
    title: 'LangChain.js',
    packages: ['@authsec/langchain', '@authsec/core', '@langchain/core', 'zod'],
    withModel: ['langchain', '@langchain/langgraph', '@langchain/openai'],
    code: `${CORE}
import { secureFetchTool } from '@authsec/langchain'

${CLIENT}
const tool = secureFetchTool(client, { permission: 'metrics:read' })
if (process.env.OPENAI_API_KEY) {
  const { createAgent } = await import('langchain')
  const agent = createAgent({ model: 'openai:gpt-4o-mini', tools: [tool] })
  const { messages } = await agent.invoke({ messages: 'Read the endpoint metrics. How are we doing?' })
  console.log(messages.at(-1).content)
} else console.log(await tool.invoke({ endpoint: 'metrics' }))
await client.close()
`,
  },
  'ai-sdk': {
    title: 'Vercel AI SDK',
    packages: ['@authsec/ai-sdk', '@authsec/core', 'ai', 'zod'],
    withModel: ['@ai-sdk/openai'],
    code: `${CORE}
import { secureFetchTool } from '@authsec/ai-sdk'

${CLIENT}
const read_api = secureFetchTool(client, { permission: 'metrics:read' })
if (process.env.OPENAI_API_KEY) {
  const [{ generateText, stepCountIs }, { openai }] = await Promise.all([import('ai'), import('@ai-sdk/openai')])
  const options = { model: openai('gpt-4o-mini'), tools: { read_api }, stopWhen: stepCountIs(5) }
  console.log((await generateText({ ...options, prompt: 'Read the endpoint metrics. How are we doing?' })).text)
} else console.log(await read_api.execute({ endpoint: 'metrics', query: [] }, { toolCallId: '1', messages: [] }))
await client.close()
`,
  },
  mastra: {
    title: 'Mastra',
    packages: ['@authsec/mastra', '@authsec/core', '@mastra/core', 'zod'],
    withModel: [],
    code: `${CORE}
import { secureFetchTool } from '@authsec/mastra'

${CLIENT}
const read_api = secureFetchTool(client, { permission: 'metrics:read' })
if (process.env.OPENAI_API_KEY) {
  const { Agent } = await import('@mastra/core/agent')
  const instructions = 'Answer from the API.'
  const agent = new Agent({ id: 'analyst', name: 'Analyst', instructions, model: 'openai/gpt-4o-mini', tools: { read_api } })
  console.log((await agent.generate('Read the endpoint metrics. How are we doing?')).text)
} else console.log(await read_api.execute({ endpoint: 'metrics' }, {}))
await client.close()
`,
  },
  'openai-agents': {
    title: 'OpenAI Agents SDK',
    packages: ['@authsec/openai-agents', '@authsec/core', '@openai/agents-core', 'zod'],
    withModel: ['@openai/agents'],
    code: `${CORE}
import { secureFetchTool } from '@authsec/openai-agents'
import { Agent, RunContext, Runner } from '@openai/agents-core'

${CLIENT}
const tool = secureFetchTool(client, { permission: 'metrics:read' })
if (process.env.OPENAI_API_KEY) {
  await import('@openai/agents')
  const agent = new Agent({ name: 'analyst', instructions: 'Answer from the API.', model: 'gpt-5-mini', tools: [tool] })
  const runner = new Runner({ tracingDisabled: true })
  console.log((await runner.run(agent, 'Read the endpoint metrics. How are we doing?')).finalOutput)
} else console.log(await tool.invoke(new RunContext(), JSON.stringify({ endpoint: 'metrics' })))
await client.close()
`,
  },
  llamaindex: {
    title: 'LlamaIndex.TS (at end of life)',
    packages: [
      '@authsec/llamaindex',
      '@authsec/core',
      'llamaindex@0.12.1',
      '@llamaindex/core@0.6.22',
      'zod',
    ],
    withModel: ['@llamaindex/openai@0.4.22', '@llamaindex/env@0.1.30'],
    code: `${CORE}
import { AuthSecSecureReader, permittedRetriever } from '@authsec/llamaindex'

${CLIENT}
const reader = new AuthSecSecureReader({ client })
const documents = await reader.loadData({ endpoint: 'records', permission: 'records:read' })
if (process.env.OPENAI_API_KEY) {
  const [{ Settings, VectorStoreIndex }, { openai, OpenAIEmbedding }] = await Promise.all([import('llamaindex'), import('@llamaindex/openai')])
  Object.assign(Settings, { embedModel: new OpenAIEmbedding(), llm: openai({ model: 'gpt-4o-mini' }) })
  const index = await VectorStoreIndex.fromDocuments(documents)
  const engine = index.asQueryEngine({ retriever: permittedRetriever(index, client) })
  console.log((await engine.query({ query: 'Which findings are open?' })).message.content)
} else console.log(documents.length, documents[0].id_, documents[0].metadata.ingestion_auth)
await client.close()
`,
  },
  mcp: {
    title: 'a client of MCP',
    packages: ['@authsec/mcp', '@modelcontextprotocol/client'],
    withModel: [],
    code: `import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

// Any host starts the server so: Claude, Cursor, CrewAI. Its README has their settings.
const env = { AUTHSEC_MODE: 'auto', ...process.env }
const file = fileURLToPath(import.meta.resolve('@authsec/mcp')).replace(/index(?=\\.\\w+$)/, 'bin')
const server = { command: process.execPath, args: [...process.execArgv, file, '--quiet'], env }
const client = new Client({ name: 'agent', version: '1.0.0' })
await client.connect(new StdioClientTransport(server))
const { tools } = await client.listTools()
console.log(tools.map(({ name }) => name))
const result = await client.callTool({ name: 'authsec_secure_fetch', arguments: { endpoint: 'metrics' } })
console.log(result.structuredContent ?? result.content)
await client.close()
`,
  },
  none: {
    title: 'no framework',
    packages: ['@authsec/core'],
    withModel: [],
    code: `${CORE}

// With nothing set, an emulator inside this process answers.
${CLIENT}
const request = { endpoint: 'metrics', permission: 'metrics:read' }
const { status, data } = await client.secureFetch(request)
console.log(client.mode, status, data)
await client.close()
`,
  },
}

/** The variables that the agent reads, each off: with nothing set it runs in mock mode. */
export const ENV_EXAMPLE = `# Copy this file to .env, and fill it in. \`node --env-file=.env agent.mjs\` reads it.
# Keep .env out of version control: the client ID is enough to pull a token.

# The AuthSec server, its root.
AUTHSEC_BASE_URL=
# The client ID of the agent, from the AuthSec dashboard. A secret.
AUTHSEC_AGENT_CLIENT_ID=
# The API that the agent may call.
AUTHSEC_API_URL=
# A model, where the agent uses one.
OPENAI_API_KEY=
`
