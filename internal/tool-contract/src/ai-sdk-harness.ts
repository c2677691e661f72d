import { type ClientOf, operationTool, secureFetchTool } from '@authsec/ai-sdk'
import type { AuthSecClient } from '@authsec/core'
import * as ai from 'ai'
import {
  type ContractHarness,
  type OrderedTool,
  type SharedTurn,
  TOOL_NAME,
  type TurnResult,
} from './harness.ts'
import { plainModel, type SpecificationVersion } from './plain-model.ts'

const user = (context: unknown): string | undefined => Object(context).user

const toolsFor = (client: AuthSecClient | ClientOf, tool: OrderedTool): ai.ToolSet =>
  tool.kind === 'operation'
    ? { [TOOL_NAME]: operationTool(client, { ...tool.options, user }) }
    : { [TOOL_NAME]: secureFetchTool(client, { ...tool.options, user }) }

interface StreamResult {
  toUIMessageStream(): AsyncIterable<unknown>
  readonly steps: PromiseLike<unknown>
  /** The messages of all steps: in AI SDK 7 those of `response` are the last step's. */
  readonly responseMessages?: PromiseLike<unknown>
  readonly response: PromiseLike<{ readonly messages: unknown }>
}
// One source for three majors: each of them has this function, with this meaning.
const streamText = ai.streamText as (options: object) => StreamResult

/** `streamText` of AI SDK 5, 6 or 7, with the stream for a browser and, in 7, a telemetry integration. */
export const aiSdkHarness = (version: SpecificationVersion): ContractHarness => ({
  // AI SDK 5 makes another message of a prompt in each step, so the first step counts for itself.
  tellsRunsApart: version === 2 ? 'from the second step on' : true,
  run: (turn) => runWith(version, toolsFor(turn.client, turn.tool), turn, { user: turn.user }),
  share(tool) {
    // The context holds a name, as in a program: what it holds is in records.
    const agents = new Map<unknown, AuthSecClient>()
    const tools = toolsFor((context) => agents.get(Object(context).agent), tool)
    return (turn) => {
      const agent = `agent-${agents.size}`
      agents.set(agent, turn.client)
      return runWith(version, tools, turn, { user: turn.user, agent })
    }
  },
})

async function runWith(
  version: SpecificationVersion,
  tools: ai.ToolSet,
  turn: SharedTurn,
  context: object,
): Promise<TurnResult> {
  const { model, prompts, answers, shown } = plainModel(version, turn.calls, turn)
  const telemetry: unknown[] = []
  const result = streamText({
    model,
    tools,
    prompt: 'go',
    ...contextOf(version, context),
    stopWhen: ai.stepCountIs(turn.times + 4),
    telemetry: { isEnabled: true, integrations: [recordingInto(telemetry)] },
    onError: ({ error }: { error: unknown }) => void telemetry.push(error),
    ...(turn.signal && { abortSignal: turn.signal }),
  })
  const chunks: unknown[] = []
  for await (const chunk of result.toUIMessageStream()) chunks.push(chunk)
  const messages = (await result.responseMessages) ?? (await result.response).messages
  const recorded = { steps: await result.steps, chunks, messages, prompts }
  return {
    answers: answers(),
    shown: shown(),
    recorded: version === 4 ? { ...recorded, telemetry } : recorded,
  }
}

/** The context of a run, and of each tool of it. */
function contextOf(version: SpecificationVersion, context: object): object {
  if (version !== 4) return { experimental_context: context }
  return { toolsContext: { [TOOL_NAME]: context } }
}

/** An integration with every hook that the SDK looks for. */
function recordingInto(events: unknown[]): object {
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        const isHook = typeof name === 'string' && name.startsWith('on')
        return isHook ? (event: unknown) => void events.push({ name, event }) : undefined
      },
    },
  )
}
