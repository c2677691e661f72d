import type { PollState } from '../channels/channel.ts'
import type { Clock } from '../support/clock.ts'

/** Why a wait has ended: it is time to ask, there may be an answer, or somebody else has just asked and this is the answer. */
type Wake = 'due' | 'woken' | PollState

interface Entry {
  readonly id: string
  /** On the clock's monotonic scale. */
  readonly due: number
  readonly end: (wake: Wake) => void
}

/** One timer for everybody who waits for an answer, however many there are. */
export interface PollWheel {
  /** Resolves after `ms`, or when the question of this ID is woken. Rejects with the signal's reason. */
  wait(id: string, ms: number, signal: AbortSignal | undefined): Promise<Wake>
  /** Ends all waits for a question, with the answer if it is known. False when nobody waits for it. */
  wake(id: string, answer?: PollState): boolean
}

/** Entries that are due within this time of each other share one turn of the timer. */
const TURN_MS = 20

export function createPollWheel(clock: Clock): PollWheel {
  const entries = new Set<Entry>()
  const byId = new Map<string, Set<Entry>>()
  let timer: { readonly at: number; cancel(): void } | undefined
  let lastTurn = Number.NEGATIVE_INFINITY

  function schedule(due: number): void {
    const at = Math.max(due, lastTurn + TURN_MS)
    if (timer && timer.at <= at) return
    timer?.cancel()
    timer = { at, cancel: clock.setTimeout(turn, Math.max(0, at - clock.monotonic())) }
  }

  function turn(): void {
    timer = undefined
    lastTurn = clock.monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const entry of [...entries]) {
      if (entry.due <= lastTurn) entry.end('due')
      else next = Math.min(next, entry.due)
    }
    if (next < Number.POSITIVE_INFINITY) schedule(next)
  }

  function keep(entry: Entry): void {
    entries.add(entry)
    const same = byId.get(entry.id) ?? new Set()
    byId.set(entry.id, same.add(entry))
  }

  function forget(entry: Entry): void {
    entries.delete(entry)
    const same = byId.get(entry.id)
    same?.delete(entry)
    if (same?.size === 0) byId.delete(entry.id)
  }

  function stopWhenEmpty(): void {
    if (entries.size > 0) return
    timer?.cancel()
    timer = undefined
  }

  return {
    wait(id, ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const settle = (finish: () => void): void => {
          forget(entry)
          signal?.removeEventListener('abort', onAbort)
          stopWhenEmpty()
          finish()
        }
        const onAbort = (): void => settle(() => reject(signal?.reason))
        const entry: Entry = {
          id,
          due: clock.monotonic() + ms,
          end: (wake) => settle(() => resolve(wake)),
        }
        keep(entry)
        signal?.addEventListener('abort', onAbort, { once: true })
        schedule(entry.due)
      })
    },
    wake(id, answer) {
      const found = [...(byId.get(id) ?? [])]
      for (const entry of found) entry.end(answer ?? 'woken')
      return found.length > 0
    },
  }
}
