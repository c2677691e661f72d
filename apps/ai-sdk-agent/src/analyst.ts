import { operationTool, secureFetchTool } from '@authsec/ai-sdk'
import {
  type Analyst,
  type AnalystOptions,
  API_TOOL,
  METRICS,
  RECORDS,
  SYSTEM_PROMPT,
} from '@authsec-apps/demo-kit'
import { isStepCount, type LanguageModel, type StepResult, streamText, type ToolSet } from 'ai'
import { scriptedModel } from './scripted-model.ts'

/** The security analyst on the AI SDK's agent loop; the answer is shown while it is written. */
export const analyst: Analyst = async (client, printer, options) => {
  const tools: ToolSet =
    options.endpoint === undefined
      ? {
          [METRICS.name]: operationTool(client, METRICS),
          [RECORDS.name]: operationTool(client, RECORDS),
        }
      : { [API_TOOL]: secureFetchTool(client) }
  const result = streamText({
    model: await chooseModel(options),
    instructions: SYSTEM_PROMPT,
    prompt: options.question,
    tools,
    stopWhen: isStepCount(6),
    // An error is in the stream as well; by default it would also be printed, with its stack trace.
    onError: () => undefined,
  })
  await printer.stream(textOf(result.fullStream))
  return problemsIn(await result.steps)
}

async function chooseModel(options: AnalystOptions): Promise<LanguageModel> {
  const { openAiKey: apiKey, openAiModel } = options
  if (!apiKey) return scriptedModel(options.endpoint)
  const { createOpenAI } = await import('@ai-sdk/openai')
  return createOpenAI({ apiKey })(openAiModel)
}

type Part = { type: string; text?: unknown; error?: unknown }

/** The text alone: `textStream` would leave out that the model failed. */
async function* textOf(parts: AsyncIterable<Part>): AsyncGenerator<string> {
  for await (const { type, text, error } of parts) {
    if (type === 'text-delta') yield String(text)
    if (type === 'error') throw error
  }
}

/** What went wrong in tools, one sentence each. */
function problemsIn(steps: readonly StepResult<ToolSet>[]): string[] {
  return steps
    .flatMap(({ content }) => content)
    .flatMap((part) => {
      if (part.type === 'tool-error') {
        return [part.error instanceof Error ? part.error.message : 'A tool failed.']
      }
      return part.type === 'tool-result' && part.output?.ok === false ? [part.output.message] : []
    })
}
