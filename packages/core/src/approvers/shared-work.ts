/** Work that several callers wait for, each with a signal of its own. */
export interface SharedWork<T> {
  readonly result: Promise<T>
  /** How many wait for it. */
  waiting: number
  /** Called when the last one has given up before the result was there. */
  onAlone?: (() => void) | undefined
}

/** The result, or the reason of the caller's signal: the work goes on for the others. */
export async function joined<T>(work: SharedWork<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted()
  work.waiting += 1
  const gone = Promise.withResolvers<never>()
  const onAbort = (): void => gone.reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work.result, gone.promise])
  } finally {
    signal?.removeEventListener('abort', onAbort)
    work.waiting -= 1
    if (work.waiting === 0 && signal?.aborted) work.onAlone?.()
  }
}
