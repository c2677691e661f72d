const numbers = new WeakMap<object, number>()
let last = 0

/** The number of an object in this process: only the same one has it. 0 for none. */
export function numberOf(object: object | undefined): number {
  if (object === undefined) return 0
  const known = numbers.get(object)
  if (known !== undefined) return known
  last += 1
  numbers.set(object, last)
  return last
}
