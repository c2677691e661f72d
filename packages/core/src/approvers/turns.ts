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

export function createTurns(clock: Clock): Turns {
  const queue: symbol[] = []
  /** Made by whoever waits: Cloudflare Workers end with a request what it has promised to others. */
  let change: PromiseWithResolvers<void> | undefined

  function changed(): void {
    change?.resolve()
    change = undefined
  }

  async function wait<T>({ ms, signal, tooLate, tryNow }: Waiting<T>): Promise<T> {
    const me = Symbol('waiting')
    const endsAt = clock.monotonic() + ms
    queue.push(me)
    try {
      for (;;) {
        const leftMs = endsAt - clock.monotonic()
        const turn = queue[0] === me ? tryNow() : { pauseMs: leftMs }
        if ('done' in turn) return turn.done
        if (leftMs <= 0) throw tooLate()
        change ??= Promise.withResolvers<void>()
        await waitFor(change.promise, clock, Math.min(leftMs, turn.pauseMs), { signal })
      }
    } finally {
      queue.splice(queue.indexOf(me), 1)
      changed()
    }
  }

  return {
    get waiting() {
      return queue.length
    },
    wait,
    changed,
  }
}
