import type { AgentConfig } from '@mastra/core/agent'

type Model = Extract<AgentConfig['model'], { specificationVersion: 'v2' }>
type Options = Parameters<Model['doGenerate']>[0]

const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 }

/** A plain language model: calls one tool, then says that it is over. */
export function callsOnce(
  toolName: string,
  args: object,
  toolCallId = 'c1',
): { model: Model; readBack(): unknown } {
  const prompts: Options['prompt'][] = []
  const call = { type: 'tool-call', toolCallId, toolName, input: JSON.stringify(args) }
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

/** One tool call of a scripted model: its name and its arguments. */
export type ScriptedCall = readonly [toolName: string, args: object]

/** Makes the calls of each turn at once, in this order, and then says that it is over. It streams, too. */
export function callsTogether(...turns: readonly (readonly ScriptedCall[])[]): {
  model: Model
  readBack(): ToolAnswer[]
  prompts: Options['prompt'][]
} {
  const prompts: Options['prompt'][] = []
  function answer(prompt: Options['prompt']) {
    prompts.push(prompt)
    const turn = prompt.filter(({ role }) => role === 'assistant').length
    const calls = (turns[turn] ?? []).map(([toolName, args], index) => {
      const toolCallId = `c${turn * 10 + index + 1}`
      return { type: 'tool-call', toolCallId, toolName, input: JSON.stringify(args) }
    })
    const finishReason = calls.length > 0 ? 'tool-calls' : 'stop'
    return { content: calls.length > 0 ? calls : [{ type: 'text', text: 'over' }], finishReason }
  }
  const model = {
    specificationVersion: 'v2',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    doGenerate: async ({ prompt }: Options) => ({ ...answer(prompt), usage, warnings: [] }),
    async doStream({ prompt }: Options) {
      const { content, finishReason } = answer(prompt)
      const parts = content.flatMap<object>((part) =>
        'text' in part
          ? [
              { type: 'text-start', id: 't' },
              { type: 'text-delta', id: 't', delta: part.text },
              { type: 'text-end', id: 't' },
            ]
          : [part],
      )
      const start = { type: 'stream-start', warnings: [] }
      const stream = ReadableStream.from([start, ...parts, { type: 'finish', finishReason, usage }])
      return { stream }
    },
  }
  const readBack = (): ToolAnswer[] => {
    const last = prompts.at(-1) ?? []
    return last.flatMap(({ role, content }) => (role === 'tool' ? content : [])) as ToolAnswer[]
  }
  return { model: model as unknown as Model, readBack, prompts }
}

/** What the model reads of one call. */
export interface ToolAnswer {
  readonly toolCallId: string
  readonly output: { readonly value: unknown }
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
