import type { Args } from './contract.ts'

export interface PlainPart {
  type: string
  toolCallId?: string
  output?: { value?: unknown }
  [field: string]: unknown
}

interface Options {
  prompt: readonly { role: string; content: string | readonly PlainPart[] }[]
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
  /** What the model read as the result of the call, as text. */
  answerTo(callId: string): string
}

/** A language model of specification 2, 3 or 4 as a plain object: makes the calls, then is over. */
export function plainModel(
  version: 2 | 3 | 4,
  toolName: string,
  calls: readonly Args[],
): PlainModel {
  const prompts: Options['prompt'][] = []
  const reason = (text: string): unknown => (version === 2 ? text : { unified: text, raw: text })
  const usage =
    version === 2
      ? { inputTokens: 1, outputTokens: 1, totalTokens: 2 }
      : {
          inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 1, text: 1, reasoning: 0 },
        }
  const toolParts = (): PlainPart[] =>
    (prompts.at(-1) ?? []).flatMap(({ role, content }) =>
      role === 'tool' && typeof content !== 'string' ? content : [],
    )
  const model = {
    specificationVersion: `v${version}`,
    provider: 'plain',
    modelId: 'plain',
    supportedUrls: {},
    async doGenerate({ prompt }: Options) {
      prompts.push(prompt)
      if (toolParts().length > 0) {
        const content = [{ type: 'text', text: 'over' }]
        return { content, finishReason: reason('stop'), usage, warnings: [] }
      }
      const content = calls.map((args, n) => {
        return { type: 'tool-call', toolCallId: `c${n}`, toolName, input: JSON.stringify(args) }
      })
      return { content, finishReason: reason('tool-calls'), usage, warnings: [] }
    },
    async doStream(): Promise<never> {
      throw new Error('It does not stream.')
    },
  }
  return {
    model,
    answerTo(callId) {
      const part = toolParts().find(({ type, toolCallId }) => {
        return type === 'tool-result' && toolCallId === callId
      })
      return JSON.stringify(part?.output?.value ?? part?.output ?? '')
    },
  }
}
