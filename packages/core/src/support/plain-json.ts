import { hidesProxy, isProxy } from '#runtime/platform/values'

/** Deeper values are refused: each level costs a stack frame. */
const MAX_DEPTH = 500

/** The value has no exact form in JSON. The message says why, without a value or a name from it. */
export class NotPlainJsonError extends TypeError {
  override readonly name = 'NotPlainJsonError'
}

/**
 * A deep, frozen copy of a value that JSON represents exactly: null, booleans, finite numbers, texts, and
 * lists and plain objects of these. Everything else is refused, because `JSON.stringify` would give two
 * different values the same text, or read one of them differently the next time.
 *
 * A member of an object that is `undefined` is left out, as if it were not there; anywhere else,
 * `undefined` is refused. A digest takes -0 for 0 (RFC 8785 section 3.2.2.3).
 *
 * @throws NotPlainJsonError - for anything else.
 */
export function plainJson(value: unknown): unknown {
  const copy = copyOf(value, [])
  if (hidesProxy(value)) throw new NotPlainJsonError('it holds a proxy')
  return copy
}

function copyOf(value: unknown, above: readonly object[]): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw new NotPlainJsonError('it holds a number that is not finite')
  }
  if (typeof value !== 'object') throw new NotPlainJsonError(`it holds a ${typeof value}`)
  if (isProxy(value)) throw new NotPlainJsonError('it holds a proxy')
  if (above.includes(value)) throw new NotPlainJsonError('it contains itself')
  if (above.length >= MAX_DEPTH) throw new NotPlainJsonError('it is nested too deeply')
  const path = [...above, value]
  return Object.freeze(Array.isArray(value) ? listCopy(value, path) : objectCopy(value, path))
}

function listCopy(list: readonly unknown[], path: readonly object[]): unknown[] {
  // The names of a list's own members are its indexes in order, and then `length`.
  const names = Reflect.ownKeys(list)
  if (!hasPrototypeOf(list, 'Array') || names.length !== list.length + 1) {
    throw new NotPlainJsonError('it holds a list with gaps or further members')
  }
  return Array.from({ length: list.length }, (_, index) =>
    copyOf(dataOf(list, String(index)), path),
  )
}

function objectCopy(object: object, path: readonly object[]): Record<string, unknown> {
  if (Object.getPrototypeOf(object) !== null && !hasPrototypeOf(object, 'Object')) {
    throw new NotPlainJsonError('it holds an instance of a class')
  }
  const copy: Record<string, unknown> = {}
  for (const name of Reflect.ownKeys(object)) {
    if (typeof name === 'symbol') throw new NotPlainJsonError('it holds a symbol')
    // Assigned or merged by the next reader, it would become that object's prototype.
    if (name === '__proto__') throw new NotPlainJsonError('it has a member named __proto__')
    const member = dataOf(object, name)
    if (member !== undefined) copy[name] = copyOf(member, path)
  }
  return copy
}

/** The value of a member that gives the same value each time it is read, and that every listing shows. */
function dataOf(object: object, name: string): unknown {
  const member = Object.getOwnPropertyDescriptor(object, name)
  if (member && 'value' in member && member.enumerable) return member.value
  throw new NotPlainJsonError('it holds a gap, a getter or a hidden member')
}

/** Whether the prototype is the built-in one, of this realm or another, and not one that adds members. */
function hasPrototypeOf(value: object, kind: 'Array' | 'Object'): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === (kind === 'Array' ? Array.prototype : Object.prototype)) return true
  if (typeof prototype !== 'object' || prototype === null) return false
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof maker !== 'function' || maker.name !== kind || maker.prototype !== prototype)
    return false
  return /\[native code\]/.test(Function.prototype.toString.call(maker))
}
