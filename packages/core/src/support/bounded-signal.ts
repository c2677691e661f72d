import type { Clock } from './clock.ts'

/** The end of an exchange from outside: the caller's abort, or a deadline. */
export interface Cancellation {
  /** As a standard signal, for those who know no other. It is made when it is first read. */
  readonly signal: AbortSignal
  readonly isAborted: boolean
  /** Why it was ended. */
  readonly reason: unknown
  /** Calls back once, when it is ended. The returned function takes the listener away. */
  onAbort(listener: (reason: unknown) => void): () => void
}

export interface BoundedSignal extends Cancellation {
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

type Listener = (reason: unknown) => void

/**
 * The caller's signal and a deadline, combined. Not by AbortSignal.any, which keeps every signal derived from a
 * long-lived one in memory. Listeners are kept here: those of a signal cost more than the rest of a wait.
 */
export function createBoundedSignal(options: BoundedSignalOptions): BoundedSignal {
  const { clock, signal: outer, keepAlive } = options
  outer?.throwIfAborted()
  const listeners = new Set<Listener>()
  let controller: AbortController | undefined
  let ended: { readonly reason: unknown } | undefined

  const abort = (reason: unknown): void => {
    if (ended) return
    ended = { reason }
    controller?.abort(reason)
    for (const listener of listeners) listener(reason)
  }
  const onOuterAbort = (): void => abort(outer?.reason)
  outer?.addEventListener('abort', onOuterAbort, { once: true })

  const start = (ms: number): (() => void) =>
    clock.setTimeout(() => abort(options.reason()), ms, { keepAlive })
  let cancel = start(options.ms)
  return {
    get signal() {
      if (!controller) {
        controller = new AbortController()
        if (ended) controller.abort(ended.reason)
      }
      return controller.signal
    },
    get isAborted() {
      return ended !== undefined
    },
    get reason() {
      return ended?.reason
    },
    onAbort(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    orAborted: (work) =>
      new Promise((resolve, reject) => {
        if (ended) reject(ended.reason)
        listeners.add(reject)
        work.then(
          (value) => {
            listeners.delete(reject)
            resolve(value)
          },
          (error: unknown) => {
            listeners.delete(reject)
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
