import type { AuthSecClient } from '@authsec/core'
import {
  type AuthSecToolOptions,
  bindTools,
  type LlamaIndexTool,
  operationTool,
  secureFetchTool,
} from '@authsec/llamaindex'
import { MockLLM } from '@llamaindex/core/llms/mock'
import { agent } from '@llamaindex/workflow'
import {
  type ContractHarness,
  type OrderedTool,
  type SharedTurn,
  TOOL_NAME,
  type TurnResult,
} from './harness.ts'

// LlamaIndex passes no signal to a tool, so the tool gets it when it is made.
const optionsOf = ({ signal, user }: SharedTurn): AuthSecToolOptions => {
  return { signal, user: () => user }
}

const toolFor = (
  client: AuthSecClient | undefined,
  tool: OrderedTool,
  options: AuthSecToolOptions,
) => {
  const own = { name: TOOL_NAME, ...options }
  return tool.kind === 'operation'
    ? operationTool(client, { ...tool.options, ...own })
    : secureFetchTool(client, { ...tool.options, ...own })
}

interface Prompt {
  messages: readonly object[]
  tools?: readonly { metadata: { name: string; description: string; parameters?: unknown } }[]
}

/** The event that ends a tool call. */
interface ToolResult {
  toolId: string
  raw: unknown
  toolOutput: { result: unknown }
}

function isResult(event: unknown): event is ToolResult {
  return typeof event === 'object' && event !== null && 'toolOutput' in event && 'raw' in event
}

/** LlamaIndex's agent workflow, with every event of it. */
export const llamaIndexHarness: ContractHarness = {
  tellsRunsApart: false,
  run: (turn) => runWith([toolFor(turn.client, turn.tool, optionsOf(turn))], turn),
  share(tool) {
    const tools = [toolFor(undefined, tool, {})]
    return (turn) => runWith(bindTools(tools, turn.client, optionsOf(turn)), turn)
  },
}

async function runWith(tools: readonly LlamaIndexTool[], turn: SharedTurn): Promise<TurnResult> {
  const prompts: Prompt[] = []
  const turns = Array.from({ length: turn.times }, (_, time) =>
    turn.calls.map((input, n) => ({ id: `call-${time}-${n}`, name: TOOL_NAME, input })),
  )
  const llm = new MockLLM({ timeBetweenToken: 0 })
  // The fake model repeats one answer; this one comes to an end.
  Object.defineProperty(llm, 'chat', {
    async value(prompt: Prompt) {
      prompts.push(structuredCloneOf(prompt))
      const toolCall = turns[prompts.length - 1]
      return chunks(toolCall && { toolCall })
    },
  })
  const events: unknown[] = []
  const run = agent({ llm, tools: [...tools] }).runStream('go')
  for await (const { data } of run) events.push(data)
  const results = events.filter(isResult)
  const answerOf = (id: string): string => {
    const result = results.find(({ toolId }) => toolId === id)
    // LlamaIndex removes the quotes from a result before the model reads it; `raw` still has them.
    return String(result?.raw || result?.toolOutput.result || '')
  }
  const shown = (prompts[0]?.tools ?? []).map(({ metadata }) => metadata)
  return {
    answers: turns.flat().map(({ id }) => answerOf(id)),
    shown: shown.map(({ name, description, parameters }) => ({
      name,
      description,
      schema: parameters,
    })),
    recorded: { events, prompts },
  }
}

async function* chunks(options: object | undefined): AsyncGenerator<object> {
  yield { delta: options ? '' : 'over', raw: {}, ...(options && { options }) }
}

/** A copy of the messages, because the agent adds to its list later. */
function structuredCloneOf({ messages, tools = [] }: Prompt): Prompt {
  return { messages: structuredClone(messages), tools: tools.map(({ metadata }) => ({ metadata })) }
}
