import type { RunState, ToolInputGuardrailResult } from '@openai/agents-core'

/** The list in the state of a run that keeps what guardrails have found. It is not sent to a model and not traced. */
export type KeepsResults = Pick<RunState<unknown, never>, '_toolInputGuardrailResults'>

const NAME = 'authsec.approval'

/** A call: another agent of the run may have one of the same ID. */
export interface CallName {
  readonly agent: string
  readonly toolCallId: string
}

/**
 * The sealed questions, or approvals, of a run that is paused. They are in the SDK's own state, which
 * `JSON.stringify(state)` writes and `RunState.fromString` reads, as results of a guardrail: those survive a context that is
 * replaced on resuming, and a tool call's own fields would be sent to the model's provider.
 */
export function storedFor(state: KeepsResults, call: CallName): string | undefined {
  const found = state._toolInputGuardrailResults.findLast((result) => isAbout(result, call))
  const { sealed } = found ? infoOf(found) : {}
  return typeof sealed === 'string' ? sealed : undefined
}

/** What is kept of a call: the sealed text, and the name of its run. */
interface Kept {
  readonly sealed: string
  readonly run: string
}

/** The name that the run has in what is kept of its calls. */
export function storedRun({ _toolInputGuardrailResults: results }: KeepsResults): unknown {
  const found = results.findLast(isOurs)
  return found && infoOf(found).run
}

/** Keeps the sealed text of one call, in the place of what was kept of it before. */
export function store(state: KeepsResults, call: CallName, { sealed, run }: Kept): void {
  const { agent, toolCallId } = call
  forget(state, call)
  state._toolInputGuardrailResults.push({
    guardrail: { type: 'tool_input', name: NAME },
    output: { behavior: { type: 'allow' }, outputInfo: { agent, toolCallId, run, sealed } },
  })
}

/** Forgets what is kept of one call. */
export function forget(state: KeepsResults, call: CallName): void {
  keepOnly(state, (result) => !isAbout(result, call))
}

/** Forgets what is kept of calls that are over. */
export function forgetOthers(state: KeepsResults, calls: readonly CallName[]): void {
  keepOnly(state, (result) => !isOurs(result) || calls.some((call) => isAbout(result, call)))
}

function keepOnly(
  { _toolInputGuardrailResults: results }: KeepsResults,
  isKept: (result: ToolInputGuardrailResult) => boolean,
): void {
  results.splice(0, results.length, ...results.filter(isKept))
}

const isOurs = ({ guardrail }: ToolInputGuardrailResult): boolean => guardrail.name === NAME

function isAbout(result: ToolInputGuardrailResult, call: CallName): boolean {
  const { agent, toolCallId } = infoOf(result)
  return agent === call.agent && toolCallId === call.toolCallId
}

function infoOf(
  result: ToolInputGuardrailResult,
): Partial<Record<keyof CallName | keyof Kept, unknown>> {
  return isOurs(result) ? Object(result.output.outputInfo) : {}
}
