import { operationTool, secureFetchTool, type UserOf } from '@authsec/mastra'
import { Agent, type AgentConfig, type ToolsInput } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { RequestContext } from '@mastra/core/request-context'
import { InMemoryStore } from '@mastra/core/storage'
import { type ContractHarness, TOOL_NAME, type Turn } from './harness.ts'
import { plainModel } from './plain-model.ts'

type Model = Extract<AgentConfig['model'], { specificationVersion: 'v2' }>

const user: UserOf = (context) => context.get('user') as string | undefined

const toolsFor = ({ client, tool }: Turn): ToolsInput =>
  tool.kind === 'operation'
    ? { [TOOL_NAME]: operationTool(client, { ...tool.options, user }) }
    : { [TOOL_NAME]: secureFetchTool(client, { ...tool.options, user }) }

/** Mastra's `Agent` in a Mastra instance with storage. */
export const mastraHarness: ContractHarness = {
  tellsRunsApart: true,
  async run(turn) {
    const { model, prompts, answers, shown } = plainModel(2, turn.calls, turn)
    const agent = new Agent({
      id: 'a',
      name: 'a',
      instructions: 'Go.',
      model: model as Model,
      tools: toolsFor(turn),
    })
    const storage = new InMemoryStore()
    const mastra = new Mastra({ agents: { agent }, storage, logger: false })
    const { messages, steps, toolResults, response } = await mastra
      .getAgent('agent')
      .generate('go', {
        maxSteps: turn.times + 4,
        requestContext: new RequestContext([['user', turn.user]]),
        ...(turn.signal && { abortSignal: turn.signal }),
      })
    const recorded = { messages, steps, toolResults, response, prompts }
    return { answers: answers(), shown: shown(), recorded }
  },
}
