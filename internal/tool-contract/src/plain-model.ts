import { type ShownTool, TOOL_NAME, type Turn } from './harness.ts'

interface Part {
  readonly type: string
  readonly toolCallId?: string
  readonly output?: { readonly value?: unknown }
}

interface Options {
  readonly prompt: readonly { role: string; content: string | readonly Part[] }[]
  readonly tools?: readonly object[]
}

interface Answer {
  readonly content: readonly { readonly type: string; readonly text?: string }[]
  readonly finishReason: unknown
  readonly usage: object
  readonly warnings: readonly never[]
}

/** Of the AI SDK's language models: 2 for AI SDK 5, 3 for 6 and 4 for 7. */
export type SpecificationVersion = 2 | 3 | 4

export interface PlainModel {
  readonly model: {
    readonly specificationVersion: string
    readonly provider: string
    readonly modelId: string
    readonly supportedUrls: Record<string, RegExp[]>
    doGenerate(options: Options): Promise<object>
    doStream(options: Options): Promise<object>
  }
  /** Everything that the model was given, one entry for each call of it. */
  readonly prompts: readonly Options[]
  /** The results that the model read in its last prompt, in the order of the calls, as text. */
  answers(): readonly string[]
  shown(): readonly ShownTool[]
}

/**
 * A language model of the AI SDK, as a plain object. It makes all calls in each of its first `times`
 * answers, and ends with the next one.
 */
export function plainModel(
  version: SpecificationVersion,
  calls: Turn['calls'],
  { times = 1, toolName = TOOL_NAME }: { times?: number; toolName?: string } = {},
): PlainModel {
  const prompts: Options[] = []
  const results = (): readonly Part[] =>
    (prompts.at(-1)?.prompt ?? []).flatMap(({ role, content }) =>
      role === 'tool' && typeof content !== 'string' ? content : [],
    )
  const doGenerate = async (options: Options): Promise<Answer> => {
    prompts.push(options)
    const turn = prompts.length
    if (results().length > 0 && turn > times)
      return answerOf(version, 'stop', [{ type: 'text', text: 'over' }])
    const content = calls.map((args, n) => {
      return {
        type: 'tool-call',
        toolCallId: `c${turn}-${n}`,
        toolName,
        input: JSON.stringify(args),
      }
    })
    return answerOf(version, 'tool-calls', content)
  }
  const model = {
    specificationVersion: `v${version}`,
    provider: 'plain',
    modelId: 'plain',
    supportedUrls: {},
    doGenerate,
    doStream: async (options: Options) => ({ stream: streamOf(await doGenerate(options)) }),
  }
  const answerTo = (id: string): string => {
    const output = results().find(({ toolCallId }) => toolCallId === id)?.output
    return JSON.stringify(output?.value ?? output ?? '')
  }
  return {
    model,
    prompts,
    answers: () =>
      Array.from({ length: times }, (_, turn) =>
        calls.map((_call, n) => answerTo(`c${turn + 1}-${n}`)),
      ).flat(),
    shown: () => (prompts[0]?.tools ?? []).map(toShownTool),
  }
}

function streamOf({ content, finishReason, usage, warnings }: Answer): ReadableStream<object> {
  const parts = content.flatMap((part) =>
    part.type === 'text'
      ? [
          { type: 'text-start', id: 't' },
          { type: 'text-delta', id: 't', delta: part.text },
          { type: 'text-end', id: 't' },
        ]
      : [part],
  )
  const start = { type: 'stream-start', warnings }
  return ReadableStream.from([start, ...parts, { type: 'finish', finishReason, usage }])
}

function answerOf(
  version: SpecificationVersion,
  reason: string,
  content: Answer['content'],
): Answer {
  const isOld = version === 2
  const tokens = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }
  return {
    content,
    finishReason: isOld ? reason : { unified: reason, raw: reason },
    usage: isOld
      ? { inputTokens: 1, outputTokens: 1, totalTokens: 2 }
      : { inputTokens: tokens, outputTokens: { total: 1, text: 1, reasoning: 0 } },
    warnings: [],
  }
}

function toShownTool(tool: {
  name?: string
  description?: string
  inputSchema?: unknown
}): ShownTool {
  const { name = '', description, inputSchema: schema } = tool
  return { name, description, schema }
}
