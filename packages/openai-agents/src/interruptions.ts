import type { RunContext, RunToolApprovalItem } from '@openai/agents-core'
import { argumentsOf } from './arguments.ts'
import { contextOf } from './call-options.ts'
import { decisionOf } from './decisions.ts'
import type { PausedCall } from './paused-call.ts'
import { type RoutedCalls, routedTools } from './routed-tool.ts'
import { type OwnTool, ownToolBehind, pausesByOwnPolicy } from './tool-marks.ts'

/** The state of a run, as far as it says whose an interruption is. */
export interface InterruptedRun extends RoutedCalls {
  /** What the SDK's own documentation reads the usage from. */
  readonly _context: RunContext<unknown>
}

/** An interruption that the program decides, and has not decided about. */
export function waitsForProgram(state: InterruptedRun, item: RunToolApprovalItem): boolean {
  return decisionOf(state._context, item) === undefined && !ownCall(state, item)?.isOurs
}

/** An interruption that AuthSec decides, unless the program has rejected it itself. */
export function pausedCall(
  state: InterruptedRun,
  item: RunToolApprovalItem,
  signal: AbortSignal | undefined,
): PausedCall[] {
  const { rawItem } = item
  const decision = decisionOf(state._context, item)
  const { own, isOurs } = ownCall(state, item) ?? {}
  if (rawItem.type !== 'function_call' || !own || decision === false) return []
  // A policy of the program and a rule of ours: the program agrees first, and then AuthSec is asked.
  if (!isOurs && decision !== true) return []
  const { name: toolName, callId: toolCallId, arguments: text } = rawItem
  const context = contextOf(own, state._context, { toolCallId, signal })
  const call = { agent: item.agent.name, toolCallId, toolName }
  return [{ ...call, item, own, text, input: argumentsOf(text), context }]
}

/** The tool of this package that the SDK executes for an interruption, and whether our policy made it. Nothing where another tool may be meant. */
function ownCall(
  state: InterruptedRun,
  { rawItem, agent }: RunToolApprovalItem,
): { readonly own: OwnTool; readonly isOurs: boolean } | undefined {
  if (rawItem.type !== 'function_call') return undefined
  const tools = routedTools(state, agent, rawItem)
  const own = ownToolBehind(tools)
  return own && { own, isOurs: tools.every((tool) => pausesByOwnPolicy(tool, own)) }
}
