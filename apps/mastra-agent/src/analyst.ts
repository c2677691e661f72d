import { authsecBeforeToolCall, operationTool, secureFetchTool } from '@authsec/mastra'
import {
  type Analyst,
  type AnalystOptions,
  API_TOOL,
  METRICS,
  RECORDS,
  SYSTEM_PROMPT,
} from '@authsec-apps/demo-kit'
import { Agent, type AgentConfig, type ToolsInput } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { scriptedModel } from './scripted-model.ts'

/** The security analyst on Mastra's agent loop. */
export const analyst: Analyst = async (client, printer, options) => {
  const tools: ToolsInput =
    options.endpoint === undefined
      ? {
          [METRICS.name]: operationTool(client, METRICS),
          [RECORDS.name]: operationTool(client, RECORDS),
        }
      : { [API_TOOL]: secureFetchTool(client) }
  const agent = new Agent({
    id: 'analyst',
    name: 'analyst',
    instructions: SYSTEM_PROMPT,
    model: await chooseModel(options),
    tools,
    hooks: { beforeToolCall: authsecBeforeToolCall(client, { tools }) },
  })
  // Its logger would print what a model's provider answers, stack trace included.
  const mastra = new Mastra({ agents: { analyst: agent }, logger: false })
  const run = mastra.getAgent('analyst')
  const { text, steps, error } = await run.generate(options.question, { maxSteps: 6 })
  if (error) throw error
  printer.block(text)
  return steps
    .flatMap(({ toolResults }) => toolResults)
    .flatMap(({ payload }) => problemIn(payload.result))
}

async function chooseModel(options: AnalystOptions): Promise<AgentConfig['model']> {
  const { openAiKey: apiKey, openAiModel } = options
  if (!apiKey) return scriptedModel(options.endpoint)
  const { createOpenAI } = await import('@ai-sdk/openai')
  // Mastra carries its own copy of the provider's types, a little older than the provider's.
  return createOpenAI({ apiKey })(openAiModel) as AgentConfig['model']
}

/** What went wrong in a tool, one sentence. */
function problemIn(result: unknown): string[] {
  const isFailure =
    typeof result === 'object' && result !== null && 'ok' in result && result.ok === false
  return isFailure && 'message' in result ? [String(result.message)] : []
}
