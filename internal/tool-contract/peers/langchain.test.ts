import type { AuthSecClient } from '@authsec/core'
import { AuthSecCallbackHandler, operationTool, secureFetchTool } from '@authsec/langchain'
import { watch } from '@authsec-internal/test-kit'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import type { StructuredToolInterface } from '@langchain/core/tools'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import { describeToolContract } from '../src/contract.ts'
import type { OrderedTool, SharedTurn, TurnResult } from '../src/harness.ts'

class Recorder extends BaseCallbackHandler {
  override readonly name = 'recorder'
  readonly events: unknown[] = []
  override handleToolStart(_tool: unknown, ...event: unknown[]): void {
    this.events.push(event)
  }
  override handleToolEnd(output: unknown): void {
    this.events.push(output)
  }
}

function toolFor(client: AuthSecClient | undefined, order: OrderedTool): StructuredToolInterface {
  return order.kind === 'operation'
    ? operationTool(client, order.options)
    : secureFetchTool(client, order.options)
}

// The oldest @langchain/core has no agent of its own: the tool is called as agents call it.
async function runWith(
  tool: StructuredToolInterface,
  { client, calls, times, signal }: SharedTurn,
  isShared: boolean,
): Promise<TurnResult> {
  const recorder = new Recorder()
  const handler = new AuthSecCallbackHandler(client)
  const callbacks = isShared ? [recorder, handler] : [recorder]
  watch('a handler', handler)
  const callAll = () =>
    Promise.all(
      calls.map((args, n) => {
        const id = `c${n}`
        const call = { type: 'tool_call', id, name: tool.name, args: { ...args } } as const
        return tool.invoke(call, { callbacks, ...(signal && { signal }) })
      }),
    )
  const messages = await callAll()
  for (let time = 1; time < times; time++) messages.push(...(await callAll()))
  const { name, description, parameters: schema } = convertToOpenAITool(tool).function
  return {
    answers: messages.map(({ content }) => String(content)),
    shown: [{ name, description, schema }],
    recorded: { messages, events: recorder.events },
  }
}

describeToolContract('LangChain', {
  tellsRunsApart: false,
  run: (turn) => runWith(toolFor(turn.client, turn.tool), turn, false),
  share(order) {
    const tool = toolFor(undefined, order)
    return (turn) => runWith(tool, turn, true)
  },
})
