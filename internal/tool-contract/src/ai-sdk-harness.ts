import { operationTool, secureFetchTool } from '@authsec/ai-sdk'
import { isStepCount, streamText, type Telemetry, type ToolSet } from 'ai'
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test'
import { type ContractHarness, TOOL_NAME, type Turn } from './harness.ts'

const toolsFor = ({ client, tool }: Turn): ToolSet =>
  tool.kind === 'operation'
    ? { [TOOL_NAME]: operationTool(client, tool.options) }
    : { [TOOL_NAME]: secureFetchTool(client, tool.options) }

type StreamResult = Awaited<ReturnType<MockLanguageModelV4['doStream']>>
type Part = StreamResult['stream'] extends ReadableStream<infer One> ? One : never

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
}

function says(chunks: Part[], unified: 'tool-calls' | 'stop'): StreamResult {
  const finishReason = { unified, raw: unified }
  const all: Part[] = [
    { type: 'stream-start', warnings: [] },
    ...chunks,
    { type: 'finish', finishReason, usage },
  ]
  return { stream: simulateReadableStream({ chunks: all }) }
}

const calls = (turn: Turn): Part[] =>
  turn.calls.map((args, n) => ({
    type: 'tool-call',
    toolCallId: `call-${n}`,
    toolName: TOOL_NAME,
    input: JSON.stringify(args),
  }))

const text: Part[] = [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'over' },
  { type: 'text-end', id: 't' },
]

/** AI SDK 7's `streamText`, with a telemetry integration and the stream for a browser. */
export const aiSdkHarness: ContractHarness = {
  async run(turn) {
    const model = new MockLanguageModelV4({
      doStream: [says(calls(turn), 'tool-calls'), says(text, 'stop')],
    })
    const telemetry: unknown[] = []
    const result = streamText({
      model,
      tools: toolsFor(turn),
      prompt: 'go',
      stopWhen: isStepCount(5),
      telemetry: { isEnabled: true, integrations: [recordingInto(telemetry)] },
      onError: ({ error }) => void telemetry.push(error),
      ...(turn.signal && { abortSignal: turn.signal }),
    })
    const chunks: unknown[] = []
    for await (const chunk of result.toUIMessageStream()) chunks.push(chunk)
    const steps = await result.steps
    const prompt = model.doStreamCalls.at(-1)?.prompt ?? []
    const shown = model.doStreamCalls[0]?.tools ?? []
    return {
      answers: turn.calls.map((_call, n) => answerIn(prompt, `call-${n}`)),
      shown: shown.flatMap((one) =>
        one.type === 'function'
          ? [{ ...one, schema: one.inputSchema, description: one.description }]
          : [],
      ),
      recorded: { steps, chunks, telemetry, messages: await result.responseMessages },
    }
  },
}

type Prompt = MockLanguageModelV4['doStreamCalls'][number]['prompt']

function answerIn(prompt: Prompt, callId: string): string {
  for (const { role, content } of prompt) {
    if (role !== 'tool') continue
    for (const part of content) {
      if (part.type !== 'tool-result' || part.toolCallId !== callId) continue
      const { output } = part
      return 'value' in output && typeof output.value !== 'string'
        ? JSON.stringify(output.value)
        : JSON.stringify(output)
    }
  }
  return ''
}

/** An integration that is told everything: every hook that the SDK asks for exists. */
function recordingInto(events: unknown[]): Telemetry {
  return new Proxy({} as Telemetry, {
    get: (_target, name) => {
      const isHook = typeof name === 'string' && name.startsWith('on')
      return isHook ? (event: unknown) => void events.push({ name, event }) : undefined
    },
  })
}
