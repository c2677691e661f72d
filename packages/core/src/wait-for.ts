import type { Clock } from './clock.ts'

export interface WaitOptions {
  signal?: AbortSignal | undefined
  /** Whether the wait keeps the process alive. Default: true. */
  keepAlive?: boolean
}

/**
 * One caller's wait for work that others share: ends with the work, with `undefined` after `ms`, or
 * with the signal's reason; the work goes on regardless.
 */
export function waitFor<T>(
  work: Promise<T>,
  clock: Clock,
  ms: number,
  { signal, keepAlive = true }: WaitOptions = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const cancel = clock.setTimeout(() => finish(() => resolve(undefined)), ms, { keepAlive })
    const onAbort = (): void => finish(() => reject(signal?.reason))
    const finish = (settle: () => void): void => {
      cancel()
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    )
  })
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function delay(clock: Clock, ms: number, options?: WaitOptions): Promise<void> {
  return waitFor(new Promise<void>(() => undefined), clock, ms, options)
}
