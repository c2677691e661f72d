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

type Reject = (reason: unknown) => void

/** The caller's signal and a deadline, combined. Not by AbortSignal.any, which keeps every signal derived from a long-lived one in memory. */
export function createBoundedSignal(options: BoundedSignalOptions): BoundedSignal {
  const { clock, signal: outer, keepAlive } = options
  outer?.throwIfAborted()
  const controller = new AbortController()
  const { signal } = controller
  // Not as listeners of the signal, which cost more to add and to remove than the rest of a wait.
  let waiting: readonly Reject[] = []
  const abort = (reason: unknown): void => {
    controller.abort(reason)
    for (const reject of waiting) reject(signal.reason)
  }
  const onOuterAbort = (): void => abort(outer?.reason)
  outer?.addEventListener('abort', onOuterAbort, { once: true })

  const start = (ms: number): (() => void) =>
    clock.setTimeout(() => abort(options.reason()), ms, { keepAlive })
  let cancel = start(options.ms)
  return {
    signal,
    orAborted: (work) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) reject(signal.reason)
        waiting = [...waiting, reject]
        const ended = (): void => {
          waiting = waiting.filter((each) => each !== reject)
        }
        work.then(
          (value) => {
            ended()
            resolve(value)
          },
          (error: unknown) => {
            ended()
            reject(error)
          },
        )
      }),
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
