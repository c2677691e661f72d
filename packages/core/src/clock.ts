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
  setTimeout(
    callback: () => void,
    ms: number,
    options?: { keepAlive?: boolean | undefined },
  ): () => void
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
