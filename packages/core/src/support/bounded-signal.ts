import type { Clock } from './clock.ts'

export interface BoundedSignal {
  readonly signal: AbortSignal
  /** Rejects with the reason when the signal aborts: for races with work that takes no signal. */
  readonly aborted: Promise<never>
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
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(controller.signal.reason)
    controller.signal.addEventListener('abort', onAbort, { once: true })
  })
  aborted.catch(() => undefined)
  const onOuterAbort = (): void => controller.abort(outer?.reason)
  outer?.addEventListener('abort', onOuterAbort, { once: true })

  const start = (ms: number): (() => void) =>
    clock.setTimeout(() => controller.abort(options.reason()), ms, { keepAlive })
  let cancel = start(options.ms)
  return {
    signal: controller.signal,
    aborted,
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
