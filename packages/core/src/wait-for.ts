import type { Clock } from './clock.ts'

/**
 * One caller's wait for work that others share: ends with the work, with `undefined` after `ms`, or
 * with the signal's reason; the work goes on regardless. Keeps the process alive meanwhile.
 */
export function waitFor<T>(
  work: Promise<T>,
  { clock, ms, signal }: { clock: Clock; ms: number; signal: AbortSignal | undefined },
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimeout(() => finish(() => resolve(undefined)), ms)
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
