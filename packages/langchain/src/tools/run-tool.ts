import { ToolMessage } from '@langchain/core/messages'
import type { ToolCall } from '@langchain/core/messages/tool'
import { fieldOf } from '../run/fields.ts'

/** LangChain handles these itself. */
const BRANDS: readonly unknown[] = ['ToolInvocationError', 'MiddlewareError']

/**
 * Runs a tool as `createAgent` does without middleware. With any `wrapToolCall`, LangChain lets a tool's error end
 * the run, where it would otherwise tell the model.
 */
export async function runTool<Result>(
  call: ToolCall,
  signal: AbortSignal | undefined,
  run: () => Result | Promise<Result>,
): Promise<Result | ToolMessage> {
  try {
    return await run()
  } catch (error) {
    const isPause = fieldOf(error, 'is_bubble_up') === true
    if (isPause || signal?.aborted || BRANDS.includes(fieldOf(error, '~brand'))) throw error
    return new ToolMessage({
      content: `${error}\n Please fix your mistakes.`,
      status: 'error',
      name: call.name,
      tool_call_id: call.id ?? '',
    })
  }
}
