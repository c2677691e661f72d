import { aiSdkHarness } from '../ai-sdk-harness.ts'
import type { ContractHarness } from '../harness.ts'
import { langChainHarness } from '../langchain-harness.ts'
import { llamaIndexHarness } from '../llamaindex-harness.ts'
import { mastraHarness } from '../mastra-harness.ts'
import { mcpHarness } from '../mcp-harness.ts'
import { openaiAgentsHarness } from '../openai-agents-harness.ts'

/** What a framework tells its tools. */
interface Told {
  /** Whether the framework gives its tools the ID of the tool call. */
  readonly namesToolCalls: boolean
  /** Whether it tells runs apart. */
  readonly namesRuns: boolean
}

/** Every framework in which the scenario runs. */
export const frameworks: readonly [string, ContractHarness, Told][] = [
  ['LangChain', langChainHarness, { namesToolCalls: true, namesRuns: true }],
  ['LlamaIndex', llamaIndexHarness, { namesToolCalls: false, namesRuns: false }],
  ['the AI SDK', aiSdkHarness(4), { namesToolCalls: true, namesRuns: true }],
  ['Mastra', mastraHarness, { namesToolCalls: true, namesRuns: true }],
  ['the OpenAI Agents SDK', openaiAgentsHarness, { namesToolCalls: true, namesRuns: true }],
  ['MCP 2026-07-28', mcpHarness('auto'), { namesToolCalls: true, namesRuns: false }],
  ['MCP of 2025', mcpHarness('legacy'), { namesToolCalls: true, namesRuns: false }],
]
