/**
 * The source of time. The emulator reads the time and starts timers through it alone, so that a test
 * can move time without waiting. The clock of `@authsec/core` has the same shape.
 */
export interface Clock {
  /** The time of day in milliseconds since 1970. */
  now(): number
  /** Milliseconds since an arbitrary start. It never jumps. */
  monotonic(): number
  /**
   * Calls `callback` once after `ms` milliseconds. The returned function cancels the timer.
   * With `keepAlive: false` the process may exit while the timer is pending.
   */
  setTimeout(callback: () => void, ms: number, options?: { keepAlive?: boolean }): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms, options) {
    const timer = setTimeout(callback, ms)
    // Outside of Node.js, and where a test environment replaces it, a timer is a number.
    if (options?.keepAlive === false) timer.unref?.()
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`. Rejects with the signal's reason, and cancels the timer, when the signal aborts. */
export function pause(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  options?: { keepAlive?: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      cancel()
      reject(signal.reason)
    }
    const cancel = clock.setTimeout(
      () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      },
      ms,
      options,
    )
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
