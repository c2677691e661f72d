/** The part of `node:util` that this package uses, for runtimes that have none. */

/** No engine tells without Node.js; `hidesProxy` finds them afterwards. */
export function isProxy(_value: object): boolean {
  return false
}

/** Whether a value that looks like plain JSON has a proxy in it: nothing else in such a value cannot be cloned. */
export function hidesProxy(value: unknown): boolean {
  try {
    structuredClone(value)
    return false
  } catch {
    return true
  }
}

/** Of values of JSON, which is all that is compared here. One without an end throws, as too deep a one does. */
export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (!isObject(one) || !isObject(other)) return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isDeepStrictEqual(one[name], other[name]))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
