import { AuthSecCallbackHandler, operationTool, secureFetchTool } from '@authsec/langchain'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import type { StructuredToolInterface } from '@langchain/core/tools'
import { peerContract } from './contract.ts'

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

// The floor of the peer range has no agent of its own: tools are called as agents call them.
await peerContract(async ({ client, operation, calls, signal }) => {
  const tool: StructuredToolInterface = operation
    ? operationTool(client, operation)
    : secureFetchTool(client)
  const recorder = new Recorder()
  const callbacks = [recorder]
  const messages = await Promise.all(
    calls.map((args, n) => {
      const call = { type: 'tool_call', id: `c${n}`, name: tool.name, args: { ...args } } as const
      return tool.invoke(call, { callbacks, ...(signal && { signal }) })
    }),
  )
  const answers = messages.map(({ content }) => String(content))
  return { answers, kept: [messages, recorder.events, new AuthSecCallbackHandler(client)] }
})
