import { createContext, runInContext } from 'node:vm'

class Money {
  readonly amount = 5
}

/** Values that JSON does not represent exactly, each with what it is. A list in brackets, so that `it.each` passes them on. */
export function notPlainJson(): [what: string, value: unknown][] {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = { again: cycle }
  const withSymbol = { id: 1, [Symbol('s')]: 2 }
  const hiddenMember = Object.defineProperty({ id: 1 }, 'secret', { value: 2 })
  return [
    ['a Date', new Date(0)],
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set([1])],
    ['a RegExp', /a/],
    ['a typed array', new Uint8Array([1])],
    ['a URL', new URL('https://example.com')],
    ['an instance of a class', new Money()],
    ['an object with another object as its prototype', Object.create({ id: 1 })],
    ['an object whose prototype has toJSON', Object.create({ toJSON: () => 1 })],
    ['an Error', new Error('x')],
    ['a promise', Promise.resolve(1)],
    ['a boxed text', Object('text')],
    ['a function', () => 1],
    ['a toJSON function', { id: 1, toJSON: () => ({ id: 2 }) }],
    ['a symbol', Symbol('s')],
    ['a member named by a symbol', withSymbol],
    ['a BigInt', 5n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    // biome-ignore lint/suspicious/noSparseArray: the gap is the point.
    ['a list with a gap', [1, , 2]],
    ['a list with undefined', [1, undefined]],
    ['a list with further members', Object.assign([1], { more: 2 })],
    ['a list of a class', new (class extends Array {})()],
    ['a getter', Object.defineProperty({}, 'id', { get: () => 1, enumerable: true })],
    ['a getter in a list', Object.defineProperty([1], 0, { get: () => 1, enumerable: true })],
    ['a hidden member', hiddenMember],
    ['a proxy', new Proxy({ id: 1 }, {})],
    ['a cycle', cycle],
    ['an own member __proto__', JSON.parse('{"__proto__":{"admin":true}}')],
    ['a Date of another realm', runInContext('new Date(0)', createContext({}))],
    ['a nesting of 10 000 levels', nested(10_000)],
  ]
}

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
