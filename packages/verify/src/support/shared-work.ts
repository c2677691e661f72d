import { isRequestBound } from '../platform/request-bound.ts'
import type { Clock } from './clock.ts'

/** Work that goes on once at a time, however many callers need it. It must not reject. */
export interface SharedWork {
  readonly isPending: boolean
  /** Whether nobody who does not wait may begin it: it would end with the request that does not wait for it. */
  readonly needsWaiting: boolean
  /** Begins the work, or joins the one in progress; resolves when it has ended. */
  join(): Promise<void>
}

export function createSharedWork(work: () => Promise<void>, clock: Clock): SharedWork {
  return isRequestBound() ? watched(work, clock) : joined(work)
}

function joined(work: () => Promise<void>): SharedWork {
  let pending: Promise<void> | undefined
  return {
    get isPending() {
      return pending !== undefined
    },
    needsWaiting: false,
    join() {
      pending ??= work().finally(() => {
        pending = undefined
      })
      return pending
    },
  }
}

/** Longer than a request takes that has not been lost, in milliseconds. */
const LOST_AFTER_MS = 6_000
const LOOK_MS = 25
/** Whoever waits waits no longer for others, even when one after another is lost. */
const LONGEST_MS = 2 * LOST_AFTER_MS

/**
 * The promise of a request that has ended never settles. So whoever joins looks for the end with timers of its own, and
 * begins anew when it does not come.
 */
function watched(work: () => Promise<void>, clock: Clock): SharedWork {
  let last: { readonly at: number; hasEnded: boolean } | undefined
  const current = (): typeof last => {
    const isPending = last && !last.hasEnded && clock.monotonic() - last.at < LOST_AFTER_MS
    return isPending ? last : undefined
  }
  return {
    get isPending() {
      return current() !== undefined
    },
    needsWaiting: true,
    async join() {
      const until = clock.monotonic() + LONGEST_MS
      for (let other = current(); other && clock.monotonic() < until; other = current()) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, LOOK_MS))
        if (other.hasEnded) return
      }
      const own = { at: clock.monotonic(), hasEnded: false }
      last = own
      await work()
      own.hasEnded = true
    },
  }
}
