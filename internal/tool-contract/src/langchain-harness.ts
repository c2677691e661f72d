import type { AuthSecClient } from '@authsec/core'
import {
  type AgentRun,
  AuthSecCallbackHandler,
  operationTool,
  secureFetchTool,
} from '@authsec/langchain'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import { AIMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import { MemorySaver } from '@langchain/langgraph'
import { createAgent } from 'langchain'
import {
  type ContractHarness,
  type OrderedTool,
  type SharedTurn,
  TOOL_NAME,
  type TurnResult,
} from './harness.ts'

const user = ({ configurable }: AgentRun) => configurable['user'] as string | undefined

const toolFor = (client: AuthSecClient | undefined, tool: OrderedTool) =>
  tool.kind === 'operation'
    ? operationTool(client, { ...tool.options, user })
    : secureFetchTool(client, { ...tool.options, user })

/** Records what a tracer would store. */
class Recorder extends BaseCallbackHandler {
  override readonly name = 'recorder'
  readonly events: unknown[] = []
  override handleToolStart(...event: unknown[]): void {
    this.events.push(event)
  }
  override handleToolEnd(...event: unknown[]): void {
    this.events.push(event)
  }
  override handleToolError(...event: unknown[]): void {
    this.events.push(event)
  }
  override handleChainEnd(...event: unknown[]): void {
    this.events.push(event)
  }
}

/** LangChain's `createAgent`, with callbacks, a checkpointer and every stream mode. */
export const langChainHarness: ContractHarness = {
  tellsRunsApart: true,
  run: (turn) => runWith(toolFor(turn.client, turn.tool), turn),
  share(tool) {
    const shared = toolFor(undefined, tool)
    return (turn) => runWith(shared, turn, new AuthSecCallbackHandler(turn.client))
  },
}

async function runWith(
  tool: ReturnType<typeof toolFor>,
  turn: SharedTurn,
  ...handlers: readonly AuthSecCallbackHandler[]
): Promise<TurnResult> {
  const turns = Array.from({ length: turn.times }, (_, time) =>
    turn.calls.map((args, n) => ({ name: TOOL_NAME, args, id: `call-${time}-${n}` })),
  )
  const model = fakeModel()
  for (const calls of turns) model.respondWithTools(calls)
  model.respond(new AIMessage('over'))
  const checkpointer = new MemorySaver()
  const recorder = new Recorder()
  const agent = createAgent({ model, tools: [tool], checkpointer })
  const stream = await agent.stream(
    { messages: [{ role: 'user', content: 'go' }] },
    {
      configurable: { thread_id: 't1', user: turn.user },
      recursionLimit: 25 + 4 * turn.times,
      callbacks: [recorder, ...handlers],
      streamMode: ['updates', 'values', 'messages', 'debug'],
      ...(turn.signal && { signal: turn.signal }),
    },
  )
  const chunks: unknown[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const seen = model.calls.at(-1)?.messages ?? []
  const results = seen.filter((message) => ToolMessage.isInstance(message))
  const { function: shown } = convertToOpenAITool(tool)
  return {
    answers: turns
      .flat()
      .map(({ id }) => results.find((one) => one.tool_call_id === id)?.text ?? ''),
    shown: [{ ...shown, description: shown.description, schema: shown.parameters }],
    recorded: {
      messages: seen,
      chunks,
      callbacks: recorder.events,
      checkpoints: textOf(checkpointer.storage),
    },
  }
}

function textOf(storage: MemorySaver['storage']): string[] {
  return Object.values(storage)
    .flatMap((byNamespace) => Object.values(byNamespace))
    .flatMap((byId) => Object.values(byId))
    .flat(2)
    .map((part) => (part instanceof Uint8Array ? new TextDecoder().decode(part) : String(part)))
}
