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

/** The longest delay of one timer: Node fires a timer with a longer one after 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647

/** Longer delays are waited for in parts, so that no sum of options or server times fires at once. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms, options) {
    let timer: NodeJS.Timeout
    const start = (left: number): void => {
      const rest = left - MAX_TIMER_MS
      timer = rest > 0 ? setTimeout(() => start(rest), MAX_TIMER_MS) : setTimeout(callback, left)
      // Outside of Node.js, and where a test environment replaces it, a timer is a number.
      if (options?.keepAlive === false) timer.unref?.()
    }
    start(ms)
    return () => clearTimeout(timer)
  },
}

export interface WaitOptions {
  signal?: AbortSignal | undefined
  /** Whether the wait keeps the process alive. Default: true. */
  keepAlive?: boolean
}

/** The wait of somebody who can be closed. */
interface SharedWaitOptions extends WaitOptions {
  /** Ends the wait as `signal` does. */
  closing?: AbortSignal | undefined
}

/**
 * One caller's wait for shared work: it ends with the work's result, with `undefined` after `ms`, or
 * with the signal's reason; the work continues regardless.
 *
 * @example
 * ```ts
 * import { systemClock, waitFor } from '@authsec/core/adapter'
 *
 * const answer = await waitFor(Promise.resolve('now'), systemClock, 1_000)
 * ```
 */
export function waitFor<T>(
  work: Promise<T>,
  clock: Clock,
  ms: number,
  { signal, closing, keepAlive = true }: SharedWaitOptions = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const ended = [signal, closing].find((one) => one?.aborted)
    if (ended) {
      // It goes on, and nobody learns how it ends: a failure must not end the process.
      work.catch(() => undefined)
      return reject(ended.reason)
    }
    // Time passes between two readings of a clock, so their difference can be below zero, of which Node warns.
    const left = Math.max(0, ms)
    const cancel = clock.setTimeout(() => finish(() => resolve(undefined)), left, { keepAlive })
    const onAbort = (): void => finish(() => reject((closing?.aborted ? closing : signal)?.reason))
    const finish = (settle: () => void): void => {
      cancel()
      signal?.removeEventListener('abort', onAbort)
      closing?.removeEventListener('abort', onAbort)
      settle()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    closing?.addEventListener('abort', onAbort, { once: true })
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    )
  })
}

/**
 * Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it aborts.
 *
 * @example
 * ```ts
 * import { delay, systemClock } from '@authsec/core/adapter'
 *
 * await delay(systemClock, 250, { signal: AbortSignal.timeout(1_000) })
 * ```
 */
export function delay(clock: Clock, ms: number, options?: WaitOptions): Promise<void> {
  return waitFor(new Promise<void>(() => undefined), clock, ms, options)
}
