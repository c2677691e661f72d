import { types } from 'node:util'

/** What only the engine knows of values. Other runtimes get `values.web.ts`. */

export { isDeepStrictEqual } from 'node:util'

export const { isProxy } = types

/** Whether a value of plain JSON has a proxy in it that `isProxy` does not find: none in Node.js. */
export function hidesProxy(_value: unknown): boolean {
  return false
}
