import { scriptFor } from '@authsec-apps/demo-kit'
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test'

type Options = MockLanguageModelV4['doStreamCalls'][number]
type Streamed = Awaited<ReturnType<MockLanguageModelV4['doStream']>>
type Part = Streamed['stream'] extends ReadableStream<infer One> ? One : never

const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
}

/** The AI SDK's own mock model, for runs without a key. It writes word by word, as models do. */
export function scriptedModel(endpoint: string | undefined): MockLanguageModelV4 {
  const { calls, answer } = scriptFor(endpoint)
  return new MockLanguageModelV4({
    async doStream({ prompt }) {
      const results = resultsIn(prompt)
      if (results.size > 0) return streamed('stop', words(answer((id) => results.get(id))))
      const parts = calls.map(({ id, name, args }): Part => {
        return { type: 'tool-call', toolCallId: id, toolName: name, input: JSON.stringify(args) }
      })
      return streamed('tool-calls', parts)
    },
  })
}

function resultsIn(prompt: Options['prompt']): Map<string, string> {
  const parts = prompt.flatMap(({ role, content }) => (role === 'tool' ? content : []))
  return new Map(
    parts.flatMap((part) => {
      if (part.type !== 'tool-result' || !('value' in part.output)) return []
      const { value } = part.output
      return [[part.toolCallId, typeof value === 'string' ? value : JSON.stringify(value)]]
    }),
  )
}

function words(text: string): Part[] {
  const deltas = text
    .split(/(?<=\s)/)
    .map((delta): Part => ({ type: 'text-delta', id: '1', delta }))
  return [{ type: 'text-start', id: '1' }, ...deltas, { type: 'text-end', id: '1' }]
}

function streamed(unified: 'stop' | 'tool-calls', parts: Part[]): Streamed {
  const finish: Part = { type: 'finish', finishReason: { unified, raw: unified }, usage }
  const chunks: Part[] = [{ type: 'stream-start', warnings: [] }, ...parts, finish]
  const chunkDelayInMs = process.stdout.isTTY ? 15 : null
  return { stream: simulateReadableStream({ chunks, chunkDelayInMs }) }
}
