import type { Clock } from '../support/clock.ts'

/** The sum of what was added within the last `windowMs`, in memory that does not grow. */
export interface SlidingSum {
  value(): number
  add(amount: number): void
  /** Milliseconds until the sum is below the limit, if nothing is added. */
  msUntilBelow(limit: number): number
}

const PARTS = 12
/** One more than the parts of a window: the current one has only begun, and the oldest may count in part. */
const SLOTS = PARTS + 1

/**
 * Counts by parts of the window. An amount counts for at least `windowMs`, and for at most a twelfth
 * longer, so the sum is never below the true one.
 */
export function createSlidingSum(windowMs: number, clock: Clock): SlidingSum {
  const slotMs = windowMs / PARTS
  const amounts = new Float64Array(SLOTS)
  const startedAt = clock.monotonic()
  let current = 0
  let sum = 0

  const amountIn = (slot: number): number => amounts[slot % SLOTS] ?? 0
  const elapsedMs = (): number => clock.monotonic() - startedAt

  /** Empties the slots that have left the window. Of a clock that goes back, nothing is freed. */
  function move(): void {
    const now = Math.floor(elapsedMs() / slotMs)
    if (now <= current) return
    for (let slot = Math.max(current + 1, now - PARTS); slot <= now; slot++) {
      sum -= amountIn(slot)
      amounts[slot % SLOTS] = 0
    }
    current = now
  }

  return {
    value() {
      move()
      return sum
    },
    add(amount) {
      move()
      amounts[current % SLOTS] = amountIn(current) + amount
      sum += amount
    },
    msUntilBelow(limit) {
      move()
      let left = sum
      let slot = Math.max(0, current - PARTS)
      for (; slot < current; slot++) {
        left -= amountIn(slot)
        if (left < limit) break
      }
      return Math.max(0, (slot + SLOTS) * slotMs - elapsedMs())
    },
  }
}
