/** Code to copy: an agent of each framework that this emulator serves. */
export interface Snippet {
  readonly name: string
  readonly code: string
}

/** `baseUrl` is the emulator's. The client ID stays where the agent runs, because it is a secret. */
export function snippetsFor(baseUrl: string): readonly Snippet[] {
  return [
    {
      name: 'Environment',
      code: `export AUTHSEC_BASE_URL=${baseUrl}
export AUTHSEC_API_URL=${baseUrl}/secure-vault/
# The emulator printed AUTHSEC_AGENT_CLIENT_ID where it was started.`,
    },
    ...frameworkSnippets,
    {
      name: 'MCP',
      code: JSON.stringify(
        {
          mcpServers: {
            authsec: {
              command: 'npx',
              args: ['-y', '@authsec/mcp'],
              env: {
                AUTHSEC_BASE_URL: baseUrl,
                AUTHSEC_API_URL: `${baseUrl}/secure-vault/`,
                AUTHSEC_AGENT_CLIENT_ID: '…',
              },
            },
          },
        },
        null,
        2,
      ),
    },
  ]
}

/** TypeScript, which a test compiles in the folder of the framework's package. */
export const frameworkSnippets: readonly (Snippet & { readonly folder: string })[] = [
  {
    ...{ name: 'LangChain', folder: 'langchain' },
    code: `import { createAuthSecClientFromEnv } from '@authsec/core'
import { secureFetchTool } from '@authsec/langchain'
import { createAgent } from 'langchain'

const client = createAuthSecClientFromEnv()
const agent = createAgent({ model: 'openai:gpt-4o-mini', tools: [secureFetchTool(client)] })
await agent.invoke({ messages: [{ role: 'user', content: 'How are we doing this week?' }] })`,
  },
  {
    ...{ name: 'LlamaIndex', folder: 'llamaindex' },
    code: `import { createAuthSecClientFromEnv } from '@authsec/core'
import { AuthSecSecureReader } from '@authsec/llamaindex'

const reader = new AuthSecSecureReader({ client: createAuthSecClientFromEnv() })
const documents = await reader.loadData({ endpoint: 'records', permission: 'records:read' })
console.log(documents.length)`,
  },
  {
    ...{ name: 'AI SDK', folder: 'ai-sdk' },
    code: `import { secureFetchTool } from '@authsec/ai-sdk'
import { createAuthSecClientFromEnv } from '@authsec/core'
import { generateText, stepCountIs } from 'ai'

const tools = { read_vault: secureFetchTool(createAuthSecClientFromEnv()) }
const prompt = 'How are we doing this week?'
await generateText({ model: 'openai/gpt-4o-mini', tools, prompt, stopWhen: stepCountIs(5) })`,
  },
  {
    ...{ name: 'Mastra', folder: 'mastra' },
    code: `import { createAuthSecClientFromEnv } from '@authsec/core'
import { secureFetchTool } from '@authsec/mastra'
import { Agent } from '@mastra/core/agent'

const agent = new Agent({
  id: 'analyst',
  name: 'Analyst',
  instructions: 'Answer from the vault.',
  model: 'openai/gpt-4o-mini',
  tools: { read_vault: secureFetchTool(createAuthSecClientFromEnv()) },
})
await agent.generate('How are we doing this week?')`,
  },
  {
    ...{ name: 'OpenAI Agents SDK', folder: 'openai-agents' },
    code: `import { createAuthSecClientFromEnv } from '@authsec/core'
import { secureFetchTool } from '@authsec/openai-agents'
import { Agent, Runner } from '@openai/agents-core'

const tools = [secureFetchTool(createAuthSecClientFromEnv())]
const agent = new Agent({ name: 'analyst', model: 'gpt-5-mini', tools })
// The SDK's traces would hold what the tool returns.
const runner = new Runner({ tracingDisabled: true })
await runner.run(agent, 'How are we doing this week?')`,
  },
]
