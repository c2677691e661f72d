import { MockLanguageModelV4, simulateReadableStream } from 'ai/test'
import { type Heard, type Line, lineFor } from './script.ts'

type Options = MockLanguageModelV4['doStreamCalls'][number]
type Streamed = Awaited<ReturnType<MockLanguageModelV4['doStream']>>
type Part = Streamed['stream'] extends ReadableStream<infer One> ? One : never

const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
}

/** The AI SDK's own mock model, for runs without a key. It writes word by word, as models do. */
export function scriptedModel({ delayMs = 25 }: { delayMs?: number } = {}): MockLanguageModelV4 {
  let calls = 0
  return new MockLanguageModelV4({
    async doStream({ prompt }) {
      calls += 1
      const chunks = partsOf(lineFor(heardIn(prompt)), `call-${calls}`)
      return { stream: simulateReadableStream({ chunks, chunkDelayInMs: delayMs }) }
    },
  })
}

function heardIn(prompt: Options['prompt']): Heard {
  const at = prompt.findLastIndex(({ role }) => role === 'user')
  const asked = prompt[at]
  const text =
    asked?.role === 'user'
      ? asked.content.map((part) => (part.type === 'text' ? part.text : '')).join('')
      : ''
  const since = prompt.slice(at + 1)
  const inputs = new Map(
    since.flatMap(({ role, content }) =>
      role === 'assistant'
        ? content.flatMap((part) =>
            part.type === 'tool-call' ? [[part.toolCallId, part.input] as const] : [],
          )
        : [],
    ),
  )
  const results = since.flatMap(({ role, content }) => {
    if (role !== 'tool') return []
    return content.flatMap((part) => {
      if (part.type !== 'tool-result') return []
      const { toolCallId, toolName: tool, output } = part
      const value = 'value' in output ? output.value : undefined
      return [{ tool, input: inputs.get(toolCallId), output: value }]
    })
  })
  return { text, results }
}

function partsOf({ say, call }: Line, id: string): Part[] {
  const deltas = say.split(/(?<=\s)/).map((delta): Part => ({ type: 'text-delta', id: '1', delta }))
  const words: Part[] =
    say === '' ? [] : [{ type: 'text-start', id: '1' }, ...deltas, { type: 'text-end', id: '1' }]
  const calls: Part[] = call
    ? [
        {
          type: 'tool-call',
          toolCallId: id,
          toolName: call.tool,
          input: JSON.stringify(call.input),
        },
      ]
    : []
  const unified = call ? 'tool-calls' : 'stop'
  const finish: Part = { type: 'finish', finishReason: { unified, raw: unified }, usage }
  return [{ type: 'stream-start', warnings: [] }, ...words, ...calls, finish]
}
