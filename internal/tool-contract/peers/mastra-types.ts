import type { AuthSecClient } from '@authsec/core'
import { authsecBeforeToolCall, operationTool, secureFetchTool } from '@authsec/mastra'
import { Agent, type AgentConfig } from '@mastra/core/agent'
import { record } from './operation.ts'

/** Only compiled: the tools and the hook fit this version of Mastra without a cast. */
export function agentOf(client: AuthSecClient, model: AgentConfig['model']): Agent {
  const tools = { vault: secureFetchTool(client), record: operationTool(client, record) }
  const hooks = { beforeToolCall: authsecBeforeToolCall(client, { tools }) }
  return new Agent({ id: 'a', name: 'a', instructions: 'Go.', model, tools, hooks })
}
