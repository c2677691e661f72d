import { MockLanguageModelV4, simulateReadableStream } from 'ai/test'

type Result = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>
type Streamed = Awaited<ReturnType<MockLanguageModelV4['doStream']>>
type Part = Streamed['stream'] extends ReadableStream<infer One> ? One : never

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

/** Calls one tool, then says that it is over; for generate and for stream. */
export function callsOnce(toolName: string, args: object): MockLanguageModelV4 {
  const call = {
    type: 'tool-call',
    toolCallId: 'c1',
    toolName,
    input: JSON.stringify(args),
  } as const
  return new MockLanguageModelV4({
    doGenerate: [says(call), says({ type: 'text', text: 'over' })],
    doStream: [
      streams([call]),
      streams([
        { type: 'text-start', id: 't' },
        { type: 'text-delta', id: 't', delta: 'over' },
        { type: 'text-end', id: 't' },
      ]),
    ],
  })
}

/** Calls the tool in every step, and never comes to an end. */
export function callsForEver(toolName: string, args: object): MockLanguageModelV4 {
  let step = 0
  const call = () => {
    step += 1
    const input = JSON.stringify(args)
    return { type: 'tool-call', toolCallId: `c${step}`, toolName, input } as const
  }
  return new MockLanguageModelV4({
    doGenerate: async () => says(call()),
    doStream: async () => streams([call()]),
  })
}

function says(part: Result['content'][number]): Result {
  const unified = part.type === 'tool-call' ? 'tool-calls' : 'stop'
  return { content: [part], finishReason: { unified, raw: unified }, usage, warnings: [] }
}

function streams(parts: Part[]): Streamed {
  const unified = parts[0]?.type === 'tool-call' ? 'tool-calls' : 'stop'
  const chunks: Part[] = [
    { type: 'stream-start', warnings: [] },
    ...parts,
    { type: 'finish', finishReason: { unified, raw: unified }, usage },
  ]
  return { stream: simulateReadableStream({ chunks }) }
}

/** What the model read about its call. */
export function readBack(model: MockLanguageModelV4): unknown {
  const prompt = [...model.doGenerateCalls, ...model.doStreamCalls].at(-1)?.prompt ?? []
  return prompt.flatMap(({ role, content }) => (role === 'tool' ? content : []))
}
