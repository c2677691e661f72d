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

export interface PlainModel {
  readonly model: {
    readonly specificationVersion: string
    readonly provider: string
    readonly modelId: string
    readonly supportedUrls: Record<string, RegExp[]>
    doGenerate(options: Options): Promise<object>
    doStream(options: Options): Promise<never>
  }
  /** Everything that the model was given, one entry for each call of it. */
  readonly prompts: readonly Options[]
  /** The results that the model read in its last prompt, in the order of the calls, as text. */
  answers(): readonly string[]
  shown(): readonly ShownTool[]
}

/**
 * A language model of the AI SDK's specification 2, 3 or 4, as a plain object. It makes all calls in
 * its first answer and ends with its second.
 */
export function plainModel(
  version: 2 | 3 | 4,
  calls: Turn['calls'],
  toolName = TOOL_NAME,
): PlainModel {
  const prompts: Options[] = []
  const results = (): readonly Part[] =>
    (prompts.at(-1)?.prompt ?? []).flatMap(({ role, content }) =>
      role === 'tool' && typeof content !== 'string' ? content : [],
    )
  const model = {
    specificationVersion: `v${version}`,
    provider: 'plain',
    modelId: 'plain',
    supportedUrls: {},
    async doGenerate(options: Options) {
      prompts.push(options)
      if (results().length > 0) return answerOf(version, 'stop', [{ type: 'text', text: 'over' }])
      const content = calls.map((args, n) => {
        return { type: 'tool-call', toolCallId: `c${n}`, toolName, input: JSON.stringify(args) }
      })
      return answerOf(version, 'tool-calls', content)
    },
    async doStream(): Promise<never> {
      throw new Error('This model does not stream.')
    },
  }
  const answerTo = (id: string): string => {
    const output = results().find(({ toolCallId }) => toolCallId === id)?.output
    return JSON.stringify(output?.value ?? output ?? '')
  }
  return {
    model,
    prompts,
    answers: () => calls.map((_call, n) => answerTo(`c${n}`)),
    shown: () => (prompts[0]?.tools ?? []).map(toShownTool),
  }
}

function answerOf(version: 2 | 3 | 4, reason: string, content: readonly object[]): object {
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
