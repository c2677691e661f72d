import type { Version } from './sdks.ts'

export interface Call {
  readonly id: string
  readonly tool: string
  readonly input: object
}

export interface ScriptedModel {
  readonly model: object
  /** What it was given, one entry for each call of it. */
  readonly prompts: readonly (readonly PromptMessage[])[]
}

interface PromptMessage {
  readonly role: string
  readonly content: string | readonly { type: string; toolCallId?: string; output?: unknown }[]
}

/** A model that makes the calls of each step of its script, and then says that it is over. */
export function scriptedModel(
  { specification }: Version,
  steps: readonly (readonly Call[])[],
): ScriptedModel {
  const prompts: (readonly PromptMessage[])[] = []
  const isOld = specification === 2
  const tokens = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }
  const usage = isOld
    ? { inputTokens: 1, outputTokens: 1, totalTokens: 2 }
    : { inputTokens: tokens, outputTokens: { total: 1, text: 1, reasoning: 0 } }

  async function doGenerate({ prompt }: { prompt: readonly PromptMessage[] }) {
    const calls = steps[prompts.length] ?? []
    prompts.push(prompt)
    const reason = calls.length > 0 ? 'tool-calls' : 'stop'
    const content = calls.map(({ id, tool, input }) => {
      return { type: 'tool-call', toolCallId: id, toolName: tool, input: JSON.stringify(input) }
    })
    return {
      content: calls.length > 0 ? content : [{ type: 'text', text: 'over' }],
      finishReason: isOld ? reason : { unified: reason, raw: reason },
      usage,
      warnings: [],
    }
  }

  async function doStream(options: { prompt: readonly PromptMessage[] }) {
    const { content, finishReason, warnings } = await doGenerate(options)
    const text = [
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'over' },
      { type: 'text-end', id: 't' },
    ]
    const parts = content.flatMap<object>((part) => (part.type === 'text' ? text : [part]))
    const start = { type: 'stream-start', warnings }
    const finish = { type: 'finish', finishReason, usage }
    return { stream: ReadableStream.from([start, ...parts, finish]) }
  }

  const model = {
    specificationVersion: `v${specification}`,
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    doGenerate,
    doStream,
  }
  return { model, prompts }
}

/** What the model read last about one of its calls, as JSON. */
export function readAbout({ prompts }: ScriptedModel, id: string): string {
  const parts = (prompts.at(-1) ?? []).flatMap(({ content }) =>
    typeof content === 'string' ? [] : content,
  )
  return JSON.stringify(
    parts.filter(({ type, toolCallId }) => type === 'tool-result' && toolCallId === id),
  )
}
