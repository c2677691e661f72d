import { runIdOf } from '@authsec/core/adapter'
import type { RunContext } from '@openai/agents-core'

type Run = Pick<RunContext<unknown>, 'usage'>

/**
 * The SDK names no run. But a run has one count of its usage, which it shares with the agents that it uses as tools:
 * they have its budget, and not another one each time.
 */
export function markOf(runContext: Run): object {
  // A test may pass less than the SDK does.
  const { usage = runContext }: { usage?: object } = runContext
  return usage
}

/** The names of runs that were begun in another process, or with another context. */
const names = new WeakMap<object, string>()

/** Something random that a run keeps when it is carried on elsewhere: calls are named by ordinals, too, and those repeat. */
export function runNameOf(run: Run): string {
  return names.get(markOf(run)) ?? runIdOf(markOf(run))
}

/** Gives a run the name that its state has kept. What is no such name came from nobody of us. */
export function nameRun(run: Run, name: unknown): void {
  if (typeof name === 'string' && NAME.test(name)) names.set(markOf(run), name)
}

const NAME = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** The conversation of a call for which the program names none: the call itself, in its run. */
export function ownThread(run: Run, toolCallId: string | undefined): string | undefined {
  // A thread has at most 500 characters.
  const id = toolCallId?.slice(0, 400).toWellFormed()
  return id === undefined ? undefined : `${runNameOf(run)}/${id}`
}
