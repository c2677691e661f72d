import type { RunContext } from '@openai/agents-core'
import { markOf } from './call-options.ts'

/**
 * The approvals that `settleApprovals` has collected for a run in this process, by the ID of the tool call, sealed. The
 * SDK tells a tool its `RunContext` and not the state, which has them too, for other processes.
 */
const collected = new WeakMap<object, Map<string, string>>()

type Run = Pick<RunContext<unknown>, 'usage'>

export function keepCollected(run: Run, toolCallId: string, sealed: string): void {
  const calls = collected.get(markOf(run)) ?? new Map<string, string>()
  collected.set(markOf(run), calls.set(toolCallId, sealed))
}

export function collectedFor(run: Run, toolCallId: string | undefined): string | undefined {
  return toolCallId === undefined ? undefined : collected.get(markOf(run))?.get(toolCallId)
}
