import { operationTool, secureFetchTool } from '@authsec/mastra'
import { Agent, type ToolsInput } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { InMemoryStore } from '@mastra/core/storage'
import { type ContractHarness, TOOL_NAME, type Turn } from './harness.ts'
import { scriptedModel } from './mastra-model.ts'

const toolsFor = ({ client, tool }: Turn): ToolsInput =>
  tool.kind === 'operation'
    ? { [TOOL_NAME]: operationTool(client, tool.options) }
    : { [TOOL_NAME]: secureFetchTool(client, tool.options) }

/** Mastra's `Agent` in a Mastra instance with storage. */
export const mastraHarness: ContractHarness = {
  async run(turn) {
    const model = scriptedModel(
      turn.calls.map((args, n) => ({ toolCallId: `call-${n}`, toolName: TOOL_NAME, args })),
    )
    const tools = toolsFor(turn)
    const agent = new Agent({ id: 'a', name: 'a', instructions: 'Go.', model: model.model, tools })
    const storage = new InMemoryStore()
    const mastra = new Mastra({ agents: { agent }, storage, logger: false })
    const result = await mastra.getAgent('agent').generate('go', {
      maxSteps: 5,
      ...(turn.signal && { abortSignal: turn.signal }),
    })
    return {
      answers: turn.calls.map((_call, n) => model.answerTo(`call-${n}`)),
      shown: model.shown(),
      recorded: {
        messages: result.messages,
        steps: result.steps,
        toolResults: result.toolResults,
        response: result.response,
        prompts: model.prompts,
      },
    }
  },
}
