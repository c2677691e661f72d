/** A promise that was broken. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}

export function assert(isKept: boolean, promise: string): void {
  if (!isKept) throw new BrokenPromise(promise)
}
