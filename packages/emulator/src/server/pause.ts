/** Runs `fn` in `ms` milliseconds; the returned function calls it off. */
export type SetTimer = (fn: () => void, ms: number) => () => void

export const systemTimer: SetTimer = (fn, ms) => {
  const timer = setTimeout(fn, ms)
  return () => clearTimeout(timer)
}

/** Waits, and rejects with the signal's reason as soon as the signal aborts; no timer stays behind. */
export function pause(ms: number, signal: AbortSignal, setTimer: SetTimer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      cancel()
      reject(signal.reason)
    }
    const cancel = setTimer(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
