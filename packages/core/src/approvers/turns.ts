import { type Clock, waitFor } from '../support/clock.ts'

/** One that waits for its turn. */
interface Waiting<T> {
  /** Longest wait, in milliseconds. */
  readonly ms: number
  readonly signal: AbortSignal | undefined
  /** The error when the time is up. */
  tooLate(): Error
  /** Takes the turn if it is free; else says how long it will take at most, in milliseconds. What it throws ends the wait. */
  tryNow(): { readonly done: T } | { readonly pauseMs: number }
}

/** A queue: the first one tries whenever something changes, and the others wait for it. */
export interface Turns {
  readonly waiting: number
  wait<T>(one: Waiting<T>): Promise<T>
  /** Says that a turn may be free. */
  changed(): void
}

/** Whoever is still in the queue so long after the end of its wait is gone, in milliseconds. */
const GONE_MS = 1_000

export function createTurns(clock: Clock): Turns {
  const queue: { readonly endsAt: number }[] = []
  /** Made by whoever waits: Cloudflare Workers end with a request what it has promised to others. */
  let change: PromiseWithResolvers<void> | undefined

  function changed(): void {
    change?.resolve()
    change = undefined
  }

  /** In Cloudflare Workers a request that ends in the middle of its wait never takes itself out. */
  function dropGone(): void {
    const now = clock.monotonic()
    while (queue[0] && queue[0].endsAt + GONE_MS <= now) queue.shift()
  }

  async function wait<T>({ ms, signal, tooLate, tryNow }: Waiting<T>): Promise<T> {
    const me = { endsAt: clock.monotonic() + ms }
    queue.push(me)
    try {
      for (;;) {
        dropGone()
        const now = clock.monotonic()
        const leftMs = me.endsAt - now
        const [first = me] = queue
        const turn = first === me ? tryNow() : { pauseMs: first.endsAt + GONE_MS - now }
        if ('done' in turn) return turn.done
        if (leftMs <= 0) throw tooLate()
        change ??= Promise.withResolvers<void>()
        await waitFor(change.promise, clock, Math.min(leftMs, turn.pauseMs), { signal })
      }
    } finally {
      if (queue.includes(me)) queue.splice(queue.indexOf(me), 1)
      changed()
    }
  }

  return {
    get waiting() {
      dropGone()
      return queue.length
    },
    wait,
    changed,
  }
}
