/** All time in this package goes through a clock, so that tests need no sleeping. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number
  /** Milliseconds from an arbitrary start; never jumps, may stand still while the machine sleeps. */
  monotonic(): number
  /**
   * Calls back once after `ms`; the returned function cancels it.
   * `keepAlive: false` lets the process exit while the timer is pending.
   */
  setTimeout(callback: () => void, ms: number, options?: { keepAlive?: boolean }): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms, options) {
    const timer = setTimeout(callback, ms)
    if (options?.keepAlive === false) timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function delay(
  clock: Clock,
  ms: number,
  options: { signal?: AbortSignal | undefined; keepAlive?: boolean } = {},
): Promise<void> {
  const { signal, keepAlive = true } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
      ms,
      { keepAlive },
    )
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
