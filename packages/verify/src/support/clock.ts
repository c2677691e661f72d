/**
 * The source of time for a verifier: clock tolerance, the ages of caches, pauses between attempts and
 * deadlines. A test passes its own clock and does not have to wait.
 */
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

/** A point in time on both clocks. */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export function currentMoment(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() }
}

/**
 * The milliseconds between two moments, by the clock that shows more of them: the wall clock may be
 * set back, and the monotonic clock may stand still while the machine sleeps. Neither may prolong the
 * trust in something that was cached.
 */
export function elapsedMs(from: Moment, to: Moment): number {
  return Math.max(to.wall - from.wall, to.monotonic - from.monotonic)
}
