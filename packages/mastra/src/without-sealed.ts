import { AsyncLocalStorage } from 'node:async_hooks'
import type { ToolPayloadTransform } from '@mastra/core/tools'

/**
 * A copy of what Mastra gives out, such as a chunk of a stream or a result, in which suspended approvals show what may
 * be shown only: their sealed text is left out. For streams that go to a browser.
 *
 * @example
 * ```ts
 * import { withoutSealed } from '@authsec/mastra'
 *
 * const chunk = { type: 'tool-call-suspended', payload: { suspendPayload: { approval: {}, sealed: 'eyJ…' } } }
 * console.log(withoutSealed(chunk))
 * ```
 */
export function withoutSealed<Value>(value: Value): Value
export function withoutSealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutSealed(item))
  if (!isPlainObject(value)) return value
  const isApproval = typeof value['sealed'] === 'string' && 'approval' in value
  const shown = Object.entries(value).filter(([name]) => !(isApproval && name === 'sealed'))
  return Object.fromEntries(shown.map(([name, item]) => [name, withoutSealed(item)]))
}

/** Whatever is no plain object, such as a stream or an error, is left as it is. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

const suspending = new AsyncLocalStorage<true>()

/** Runs what suspends a call: meanwhile `suspensionTransform` applies. */
export function whileSuspending<Result>(run: () => Result): Result {
  return suspending.run(true, run)
}

const shown: NonNullable<ToolPayloadTransform['display']> = {
  input: ({ input }) => input,
  suspend: ({ suspendPayload }) => withoutSealed(suspendPayload),
}

/**
 * Keeps the sealed text out of the messages that Mastra stores, shows in a browser and may hand to the model. Only
 * while a call is suspended: otherwise Mastra would store a second copy of each input and each result.
 */
export const suspensionTransform = {
  get display() {
    return suspending.getStore() && shown
  },
  get transcript() {
    return suspending.getStore() && shown
  },
} as ToolPayloadTransform
