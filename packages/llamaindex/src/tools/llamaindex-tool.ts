import type { AuthSecClient } from '@authsec/core'
import type { AuthSecToolOptions } from './tool-option-checks.ts'

/** A tool for LlamaIndex's agents and models, with the shape of LlamaIndex's `FunctionTool`. */
export interface LlamaIndexTool {
  readonly metadata: {
    name: string
    description: string
    parameters: Record<string, unknown>
  }
  /** The outcome as JSON, for the model. Throws aborts and `ConfigError`s only. */
  readonly call: (input: unknown) => Promise<string>
}

/** Makes a tool again for another client, and with other options of its calls. What a copy of it says for the model stays. */
type MakeAgain = (client: AuthSecClient, own: AuthSecToolOptions, copied: unknown) => LlamaIndexTool

/** Registered, for two copies of this package; not enumerable, so that nothing that prints a tool shows it. */
const MAKE_AGAIN = Symbol.for('authsec.llamaindex.make-again')

/** Marks the `call` of a tool of this package: a copy of the tool keeps it, and one with another `call` does not have it. */
export function markCall(call: object, makeAgain: MakeAgain): void {
  Object.defineProperty(call, MAKE_AGAIN, { value: makeAgain })
}

/** What makes this tool again, if it is one of this package. */
export function makeAgainOf(tool: unknown): MakeAgain | undefined {
  const { call }: { call?: unknown } = Object(tool)
  const found: unknown = typeof call === 'function' ? Reflect.get(call, MAKE_AGAIN) : undefined
  return typeof found === 'function' ? (found as MakeAgain) : undefined
}

/** A tool with what the program has changed in a copy of another one that says the same for the model as `before`. */
export function keepChanges(
  tool: LlamaIndexTool,
  before: LlamaIndexTool['metadata'],
  copied: unknown,
): LlamaIndexTool {
  const changes = Object.entries({ ...Object(copied) }).filter(
    ([name, value]) => value !== undefined && value !== Reflect.get(before, name),
  )
  if (changes.length === 0) return tool
  const metadata = { ...tool.metadata, ...Object.fromEntries(changes) }
  return Object.freeze({ ...tool, metadata })
}
