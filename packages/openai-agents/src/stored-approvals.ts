import type { RunState, ToolInputGuardrailResult } from '@openai/agents-core'

/** The list in the state of a run that keeps what guardrails have found. It is not sent to a model and not traced. */
export type KeepsResults = Pick<RunState<unknown, never>, '_toolInputGuardrailResults'>

const NAME = 'authsec.approval'

/**
 * The sealed questions, or approvals, of a run that is paused, by the ID of the tool call. They are in the SDK's own state,
 * which `JSON.stringify(state)` writes and `RunState.fromString` reads, as results of a guardrail: those survive a context
 * that is replaced on resuming, and a tool call's own fields would be sent to the model's provider.
 */
export function storedIn(state: KeepsResults): ReadonlyMap<string, string> {
  const stored = state._toolInputGuardrailResults.flatMap((result) => {
    const { toolCallId, sealed } = ours(result)
    const isKept = typeof toolCallId === 'string' && typeof sealed === 'string'
    return isKept ? [[toolCallId, sealed] as const] : []
  })
  return new Map(stored)
}

/** Keeps the sealed text of one call, in the place of what was kept of it before. */
export function store(state: KeepsResults, toolCallId: string, sealed: string): void {
  forget(state, (one) => one === toolCallId)
  state._toolInputGuardrailResults.push({
    guardrail: { type: 'tool_input', name: NAME },
    output: { behavior: { type: 'allow' }, outputInfo: { toolCallId, sealed } },
  })
}

/** Forgets what is kept of the calls that `isOver` names. */
export function forget(state: KeepsResults, isOver: (toolCallId: unknown) => boolean): void {
  const results = state._toolInputGuardrailResults
  const left = results.filter((result) => !isOurs(result) || !isOver(ours(result).toolCallId))
  results.splice(0, results.length, ...left)
}

const isOurs = ({ guardrail }: ToolInputGuardrailResult): boolean => guardrail.name === NAME

function ours(result: ToolInputGuardrailResult): { toolCallId?: unknown; sealed?: unknown } {
  return isOurs(result) ? Object(result.output.outputInfo) : {}
}
