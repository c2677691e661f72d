import { runIdOf } from '@authsec/core/adapter'

/**
 * The AI SDK names no run. But each call of a tool gets the messages of its run, and the first answer of
 * the model after the user's message is one object in all steps of a run, and another one in each run.
 * The user's message is no such mark, because programs use one object for many runs.
 */
export function runOf(messages: readonly unknown[] | undefined): string | undefined {
  if (!Array.isArray(messages)) return undefined
  const askedAt = messages.findLastIndex((message) => hasRole(message, 'user'))
  const question: unknown = messages[askedAt]
  if (!isObject(question)) return undefined
  const answer: unknown = messages.slice(askedAt + 1).find((one) => hasRole(one, 'assistant'))
  if (isObject(answer)) return laterStep(question, answer)
  // The first step has no answer yet. All its calls get the same list.
  firstSteps.set(question, messages)
  return runIdOf(messages)
}

/** The messages of a first step whose second step has not come yet, by the user's message. */
const firstSteps = new WeakMap<object, object>()
/** The messages of the first step, by the first answer. */
const runs = new WeakMap<object, object>()

/** The first step counts towards the same run: its list is taken over once, by the step after it. */
function laterStep(question: object, answer: object): string {
  const mark = runs.get(answer) ?? firstSteps.get(question) ?? answer
  firstSteps.delete(question)
  runs.set(answer, mark)
  return runIdOf(mark)
}

function hasRole(message: unknown, role: string): boolean {
  return isObject(message) && 'role' in message && message.role === role
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
