import type { AuthSecClient } from '@authsec/core'
import {
  AuthSecSecureReader,
  bindTools,
  type LlamaIndexTool,
  operationTool,
  secureFetchTool,
} from '@authsec/llamaindex'
import { watch } from '@authsec-internal/test-kit'
import { callTool } from '@llamaindex/core/agent'
import type { BaseTool } from '@llamaindex/core/llms'
import type { BaseReader, Document } from '@llamaindex/core/schema'
import { describeToolContract } from '../src/contract.ts'
import type { OrderedTool, SharedTurn, TurnResult } from '../src/harness.ts'

const quiet = { log() {}, warn() {}, error() {} }

function toolFor(client: AuthSecClient | undefined, order: OrderedTool, signal?: AbortSignal) {
  return order.kind === 'operation'
    ? operationTool(client, { ...order.options, signal })
    : secureFetchTool(client, { ...order.options, signal })
}

// The agents are in another package, whose range has no end: the tool is called as they call it.
async function runWith(
  tool: LlamaIndexTool | undefined,
  { client, calls, times }: SharedTurn,
): Promise<TurnResult> {
  if (!tool) throw new Error('There is no tool.')
  const { name, description, parameters: schema } = (tool satisfies BaseTool).metadata
  const callAll = () =>
    Promise.all(
      calls.map((input, n) =>
        callTool(tool, { id: `c${n}`, name, input: { ...input } as never }, quiet),
      ),
    )
  const results = await callAll()
  for (let time = 1; time < times; time++) results.push(...(await callAll()))
  const reader: BaseReader<Document> = new AuthSecSecureReader({ client })
  watch('a reader', reader)
  const answers = results.map(({ output }) => String(output))
  return { answers, shown: [{ name, description, schema }], recorded: { results, answers } }
}

describeToolContract('LlamaIndex', {
  tellsRunsApart: false,
  run: (turn) => runWith(toolFor(turn.client, turn.tool, turn.signal), turn),
  share(order) {
    const tools = [toolFor(undefined, order)]
    return (turn) => {
      const [tool] = bindTools(tools, turn.client, { signal: turn.signal })
      return runWith(tool, turn)
    }
  },
})
