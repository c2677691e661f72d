import type { AuthSecClient } from '@authsec/core'
import { type ClientOf, operationTool, secureFetchTool, type UserOf } from '@authsec/mastra'
import { Agent, type AgentConfig, type ToolsInput } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { RequestContext } from '@mastra/core/request-context'
import { InMemoryStore } from '@mastra/core/storage'
import {
  type ContractHarness,
  type OrderedTool,
  type SharedTurn,
  TOOL_NAME,
  type TurnResult,
} from './harness.ts'
import { plainModel } from './plain-model.ts'

type Model = Extract<AgentConfig['model'], { specificationVersion: 'v2' }>

const user: UserOf = (context) => context.get('user') as string | undefined

const toolsFor = (client: AuthSecClient | ClientOf, tool: OrderedTool): ToolsInput =>
  tool.kind === 'operation'
    ? { [TOOL_NAME]: operationTool(client, { ...tool.options, user }) }
    : { [TOOL_NAME]: secureFetchTool(client, { ...tool.options, user }) }

/** Mastra's `Agent` in a Mastra instance with storage. */
export const mastraHarness: ContractHarness = {
  tellsRunsApart: true,
  run: (turn) => runWith(toolsFor(turn.client, turn.tool), turn, { user: turn.user }),
  share(tool) {
    const agents = new Map<unknown, AuthSecClient>()
    const tools = toolsFor((context) => agents.get(context.get('agent')), tool)
    return (turn) => {
      const agent = `agent-${agents.size}`
      agents.set(agent, turn.client)
      return runWith(tools, turn, { user: turn.user, agent })
    }
  },
}

async function runWith(
  tools: ToolsInput,
  turn: SharedTurn,
  context: Readonly<Record<string, string | undefined>>,
): Promise<TurnResult> {
  const { model, prompts, answers, shown } = plainModel(2, turn.calls, turn)
  const agent = new Agent({
    id: 'a',
    name: 'a',
    instructions: 'Go.',
    model: model as Model,
    tools,
  })
  const storage = new InMemoryStore()
  const mastra = new Mastra({ agents: { agent }, storage, logger: false })
  const { messages, steps, toolResults, response } = await mastra.getAgent('agent').generate('go', {
    maxSteps: turn.times + 4,
    requestContext: new RequestContext(Object.entries(context)),
    ...(turn.signal && { abortSignal: turn.signal }),
  })
  const recorded = { messages, steps, toolResults, response, prompts }
  return { answers: answers(), shown: shown(), recorded }
}
