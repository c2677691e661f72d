import type { Clock } from './clock.ts'

export interface BoundedSignal {
  readonly signal: AbortSignal
  /**
   * The result of the work, or the signal's reason as soon as it aborts. Not by a race with a promise
   * that outlives the work: such a promise keeps every result that it was raced with in memory.
   */
  orAborted<T>(work: Promise<T>): Promise<T>
  /** Starts a deadline of `ms` in place of the present one. */
  restart(ms: number): void
  /** Stops the deadline until the next `restart`. */
  pause(): void
  /** Releases the caller's signal and the timer. */
  release(): void
}

export interface BoundedSignalOptions {
  clock: Clock
  ms: number
  signal: AbortSignal | undefined
  keepAlive: boolean
  /** The reason with which the signal aborts at the deadline. */
  reason: () => unknown
}

/** The caller's signal and a deadline, combined. Not by AbortSignal.any, which keeps every signal derived from a long-lived one in memory. */
export function createBoundedSignal(options: BoundedSignalOptions): BoundedSignal {
  const { clock, signal: outer, keepAlive } = options
  outer?.throwIfAborted()
  const controller = new AbortController()
  const { signal } = controller
  const onOuterAbort = (): void => controller.abort(outer?.reason)
  outer?.addEventListener('abort', onOuterAbort, { once: true })

  const start = (ms: number): (() => void) =>
    clock.setTimeout(() => controller.abort(options.reason()), ms, { keepAlive })
  let cancel = start(options.ms)
  return {
    signal,
    orAborted: (work) => orAborted(work, signal),
    restart(ms) {
      cancel()
      cancel = start(ms)
    },
    pause: () => cancel(),
    release() {
      cancel()
      outer?.removeEventListener('abort', onOuterAbort)
    },
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    )
  })
}
