import type { RunContext, RunToolApprovalItem } from '@openai/agents-core'

/** An interruption with the key by which the SDK keeps decisions about a function tool, which its types leave out. */
type KeyedItem = RunToolApprovalItem & { readonly functionToolStateKey?: string | undefined }

/** What the program, or an earlier look, has decided about an interruption: the SDK keeps it by tool and agent. */
export function decisionOf(
  runContext: RunContext<unknown>,
  item: RunToolApprovalItem,
): boolean | undefined {
  const { rawItem, agent, functionToolStateKey }: KeyedItem = item
  if (rawItem.type !== 'function_call') return undefined
  const call = { toolName: functionToolStateKey ?? rawItem.name, callId: rawItem.callId, agent }
  return runContext.isToolApproved(call)
}
