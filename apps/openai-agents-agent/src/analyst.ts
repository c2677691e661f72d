import { operationTool, secureFetchTool } from '@authsec/openai-agents'
import {
  type Analyst,
  type AnalystOptions,
  API_TOOL,
  METRICS,
  RECORDS,
  SYSTEM_PROMPT,
} from '@authsec-apps/demo-kit'
import { Agent, type Model, type RunItem, Runner } from '@openai/agents-core'
import { scriptedModel } from './scripted-model.ts'

/** The security analyst on the runner of the OpenAI Agents SDK. */
export const analyst: Analyst = async (client, printer, options) => {
  const agent = new Agent({
    name: 'analyst',
    instructions: SYSTEM_PROMPT,
    model: await chooseModel(options),
    tools:
      options.endpoint === undefined
        ? [operationTool(client, METRICS), operationTool(client, RECORDS)]
        : [secureFetchTool(client, { name: API_TOOL })],
  })
  // The SDK's traces would hold what the tools return, and may go to OpenAI.
  const runner = new Runner({ tracingDisabled: true })
  const { finalOutput, newItems } = await runner.run(agent, options.question, { maxTurns: 6 })
  printer.block(finalOutput ?? '')
  return newItems.flatMap(problemIn)
}

async function chooseModel(options: AnalystOptions): Promise<Model> {
  const { openAiKey: apiKey, openAiModel } = options
  if (!apiKey) return scriptedModel(options.endpoint)
  const { OpenAIProvider } = await import('@openai/agents-openai')
  return new OpenAIProvider({ apiKey }).getModel(openAiModel)
}

/** What went wrong in a tool, one sentence. */
function problemIn(item: RunItem): string[] {
  if (item.type !== 'tool_call_output_item' || typeof item.output !== 'string') return []
  const outcome: { ok?: unknown; message?: unknown } = Object(JSON.parse(item.output))
  return outcome.ok === false ? [String(outcome.message)] : []
}
