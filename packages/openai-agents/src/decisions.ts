import type { RunContext, RunToolApprovalItem } from '@openai/agents-core'

/** An interruption with the key by which the SDK keeps decisions about a function tool, which its types leave out. */
type KeyedItem = RunToolApprovalItem & { readonly functionToolStateKey?: string | undefined }

/** What the program, or an earlier look, has decided about an interruption: the SDK keeps it by tool and agent. */
export function decisionOf(
  runContext: RunContext<unknown>,
  item: RunToolApprovalItem,
): boolean | undefined {
  const { rawItem, agent, functionToolStateKey }: KeyedItem = item
  if (rawItem.type !== 'function_call') return otherDecision(runContext, item)
  const call = { toolName: functionToolStateKey ?? rawItem.name, callId: rawItem.callId, agent }
  return runContext.isToolApproved(call)
}

/** A decision about a hosted MCP tool is not in the SDK's types. Without it the interruption counts as undecided. */
type KnowsHosted = RunContext<unknown> & {
  _getHostedMcpApprovalStatus?(item: RunToolApprovalItem): boolean | undefined
}

/** What is decided about a shell command, a patch or a hosted tool. */
function otherDecision(runContext: KnowsHosted, item: RunToolApprovalItem): boolean | undefined {
  const { rawItem, name } = item
  if (rawItem.type === 'hosted_tool_call') return runContext._getHostedMcpApprovalStatus?.(item)
  return name === undefined
    ? undefined
    : runContext.isToolApproved({ toolName: name, callId: rawItem.callId })
}
