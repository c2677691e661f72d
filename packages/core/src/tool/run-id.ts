const ids = new WeakMap<object, string>()

/**
 * The name of the run that an object belongs to, for a framework that gives a run no ID: pass an object
 * that the framework makes once for each run, such as the first message of the model in it. The same
 * object gives the same name for as long as somebody holds it.
 *
 * @example
 * ```ts
 * import { runIdOf } from '@authsec/core/adapter'
 *
 * const firstMessage = { role: 'assistant', content: 'I will look that up.' }
 * console.log(runIdOf(firstMessage) === runIdOf(firstMessage))
 * ```
 */
export function runIdOf(marker: object): string {
  const id = ids.get(marker) ?? crypto.randomUUID()
  ids.set(marker, id)
  return id
}
