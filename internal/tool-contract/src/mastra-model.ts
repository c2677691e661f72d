import type { AgentConfig } from '@mastra/core/agent'
import type { ShownTool } from './harness.ts'

export interface ScriptedCall {
  readonly toolCallId: string
  readonly toolName: string
  readonly args: unknown
}

export interface ScriptedModel {
  readonly model: Model
  /** What the model was given, one entry a call of it. */
  readonly prompts: readonly unknown[]
  /** What the model read in its last prompt as the result of a call, as text. */
  answerTo(toolCallId: string): string
  shown(): readonly ShownTool[]
}

type Model = Extract<AgentConfig['model'], { specificationVersion: 'v2' }>
type Options = Parameters<Model['doGenerate']>[0]
const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 }

/** A plain language model of specification 2: makes the calls, and then says that it is over. */
export function scriptedModel(calls: readonly ScriptedCall[]): ScriptedModel {
  const prompts: Options[] = []
  const model = {
    specificationVersion: 'v2',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    async doGenerate(options: Options) {
      prompts.push(options)
      const content = prompts.length > 1 ? [{ type: 'text', text: 'over' }] : calls.map(toContent)
      const finishReason = prompts.length > 1 ? 'stop' : 'tool-calls'
      return { content, finishReason, usage, warnings: [] }
    },
    async doStream() {
      throw new Error('This model does not stream.')
    },
  }
  return {
    model: model as Model,
    prompts,
    answerTo: (toolCallId) => answerIn(prompts.at(-1), toolCallId),
    shown: () =>
      (prompts[0]?.tools ?? []).flatMap((tool) =>
        tool.type === 'function'
          ? [{ name: tool.name, description: tool.description, schema: tool.inputSchema }]
          : [],
      ),
  }
}

const toContent = ({ args, ...call }: ScriptedCall): object => ({
  type: 'tool-call',
  ...call,
  input: JSON.stringify(args),
})

function answerIn(options: Options | undefined, toolCallId: string): string {
  for (const { role, content } of options?.prompt ?? []) {
    if (role !== 'tool') continue
    const part = content.find((one) => one.toolCallId === toolCallId)
    if (part?.output) return JSON.stringify(part.output.value)
  }
  return ''
}
