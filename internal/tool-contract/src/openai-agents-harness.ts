import type { AuthSecClient } from '@authsec/core'
import {
  type AuthSecTool,
  type ClientOf,
  operationTool,
  secureFetchTool,
  type UserOf,
} from '@authsec/openai-agents'
import {
  Agent,
  type AgentInputItem,
  getGlobalTraceProvider,
  Runner,
  setTraceProcessors,
  setTracingDisabled,
} from '@openai/agents-core'
import {
  assistantMessage,
  functionCall,
  type RecordedModelCall,
  ScriptedModel,
} from '@openai/agents-core/testing'
import {
  type ContractHarness,
  type OrderedTool,
  type SharedTurn,
  type ShownTool,
  TOOL_NAME,
  type TurnResult,
} from './harness.ts'

/** What the program gave the run: names, and never a client. */
interface Context {
  readonly user: string | undefined
  readonly agent?: string
}

const user: UserOf<Context> = ({ context }) => context.user

const toolFor = (
  client: AuthSecClient | ClientOf<Context>,
  tool: OrderedTool,
): AuthSecTool<Context> =>
  tool.kind === 'operation'
    ? operationTool(client, { ...tool.options, name: TOOL_NAME, user })
    : secureFetchTool(client, { ...tool.options, name: TOOL_NAME, user })

/** The runner of the OpenAI Agents SDK with its own scripted model, and with tracing on. */
export const openaiAgentsHarness: ContractHarness = {
  tellsRunsApart: true,
  run: (turn) => runWith(toolFor(turn.client, turn.tool), turn, { user: turn.user }),
  share(tool) {
    const agents = new Map<unknown, AuthSecClient>()
    const shared = toolFor(({ context }) => agents.get(context.agent), tool)
    return (turn) => {
      const agent = `agent-${agents.size}`
      agents.set(agent, turn.client)
      return runWith(shared, turn, { user: turn.user, agent })
    }
  },
}

async function runWith(
  tool: AuthSecTool<Context>,
  { calls, times, signal }: SharedTurn,
  context: Context,
): Promise<TurnResult> {
  const steps = Array.from({ length: times }, (_, step) =>
    calls.map((args, n) => functionCall(TOOL_NAME, args, { callId: `call-${step}-${n}` })),
  )
  const model = new ScriptedModel([...steps, [assistantMessage('over')]])
  const agent = new Agent<Context>({ name: 'a', instructions: 'Go.', model, tools: [tool] })
  const trace = recordTraces()
  const { state, history, newItems, rawResponses } = await new Runner().run(agent, 'go', {
    context,
    maxTurns: times + 4,
    ...(signal && { signal }),
  })
  await getGlobalTraceProvider().forceFlush()
  const prompt = model.lastCall?.request
  return {
    answers: answersIn(prompt),
    shown: shownIn(prompt),
    recorded: {
      history,
      prompts: model.calls.map(({ request }) => request.input),
      state: state.toString(),
      items: newItems.map((item) => item.toJSON()),
      responses: { rawResponses, history },
      trace,
    },
  }
}

/** Records the spans of all runs, with the inputs and outputs of tools, which the SDK adds unless it is told not to. */
function recordTraces(): unknown[] {
  const spans: unknown[] = []
  const record = async (span: { toJSON(): unknown }): Promise<void> => {
    spans.push(span.toJSON())
  }
  const nothing = async (): Promise<void> => undefined
  setTracingDisabled(false)
  setTraceProcessors([
    {
      onTraceStart: record,
      onTraceEnd: record,
      onSpanStart: nothing,
      onSpanEnd: record,
      shutdown: nothing,
      forceFlush: nothing,
    },
  ])
  return spans
}

type Request = RecordedModelCall['request'] | undefined

function answersIn(request: Request): string[] {
  const items: readonly AgentInputItem[] = Array.isArray(request?.input) ? request.input : []
  return items.flatMap((item) =>
    item.type === 'function_call_result' ? [textOf(item.output)] : [],
  )
}

function textOf(output: unknown): string {
  if (typeof output === 'string') return output
  const { text }: { text?: unknown } = Object(output)
  return typeof text === 'string' ? text : JSON.stringify(output)
}

function shownIn(request: Request): ShownTool[] {
  return (request?.tools ?? []).flatMap((tool) =>
    tool.type === 'function'
      ? [{ name: tool.name, description: tool.description, schema: tool.parameters }]
      : [],
  )
}
