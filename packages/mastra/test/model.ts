import type { AgentConfig } from '@mastra/core/agent'

type Model = Extract<AgentConfig['model'], { specificationVersion: 'v2' }>
type Options = Parameters<Model['doGenerate']>[0]

const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 }

/** A plain language model: calls one tool, then says that it is over. */
export function callsOnce(toolName: string, args: object): { model: Model; readBack(): unknown } {
  const prompts: Options['prompt'][] = []
  const call = { type: 'tool-call', toolCallId: 'c1', toolName, input: JSON.stringify(args) }
  const wasAnswered = (prompt: Options['prompt']): boolean =>
    prompt.some(({ role }) => role === 'tool')
  const model = {
    specificationVersion: 'v2',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    async doGenerate({ prompt }: Options) {
      prompts.push(prompt)
      return wasAnswered(prompt)
        ? { content: [{ type: 'text', text: 'over' }], finishReason: 'stop', usage, warnings: [] }
        : { content: [call], finishReason: 'tool-calls', usage, warnings: [] }
    },
    async doStream() {
      throw new Error('This model does not stream.')
    },
  }
  const readBack = (): unknown =>
    prompts.at(-1)?.flatMap(({ role, content }) => (role === 'tool' ? content : []))
  return { model: model as Model, readBack }
}

/** Calls the tool in every step, and never comes to an end. */
export function callsForEver(toolName: string, args: object): Model {
  let step = 0
  const model = {
    specificationVersion: 'v2',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    async doGenerate() {
      step += 1
      const toolCallId = `c${step}`
      const call = { type: 'tool-call', toolCallId, toolName, input: JSON.stringify(args) }
      return { content: [call], finishReason: 'tool-calls', usage, warnings: [] }
    },
    async doStream() {
      throw new Error('This model does not stream.')
    },
  }
  return model as Model
}
