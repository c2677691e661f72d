import type { Clock } from '../support/clock.ts'

export const WINDOW_MS = 60_000

/**
 * The server's sliding window, seen from here. A request has its slot from the moment when it is sent until a minute
 * after its answer: when the server counted it is not known, but it was no later than that.
 */
export interface SlotWindow {
  /** Slots in use. */
  readonly used: number
  start(): void
  /** Ends a request. One that the server did not count gives its slot back at once. */
  end(isCounted: boolean): void
  /**
   * When there is a slot for the one at this place, from 0, among those that wait, on the clock's monotonic scale.
   * `reserve` slots of the limit are not for them.
   */
  freeAt(place: number, limit: number, reserve: number): number
}

export function createSlotWindow(clock: Clock): SlotWindow {
  /** When each slot becomes free, in order. */
  const held: number[] = []
  let inFlight = 0

  function prune(): void {
    const now = clock.monotonic()
    while (held[0] !== undefined && held[0] <= now) held.shift()
  }

  return {
    get used() {
      prune()
      return held.length + inFlight
    },
    start() {
      inFlight += 1
    },
    end(isCounted) {
      inFlight -= 1
      if (isCounted) held.push(clock.monotonic() + WINDOW_MS)
    },
    freeAt(place, limit, reserve) {
      prune()
      const now = clock.monotonic()
      if (limit === Number.POSITIVE_INFINITY) return now
      const perRound = limit - reserve
      const slot = reserve + (place % perRound)
      const free = limit - held.length - inFlight
      // What is in flight, or is sent now, holds its slot for a minute at least.
      const first = slot < free ? now : (held[slot - free] ?? now + WINDOW_MS)
      return first + Math.floor(place / perRound) * WINDOW_MS
    },
  }
}
