import type { Clock } from '../support/clock.ts'

const PARTS = 12
/** One more than the parts of a window: the current one has only begun, and the oldest may count in part. */
const SLOTS = PARTS + 1

/**
 * The sum of what was added within the last `windowMs`, in memory that does not grow. It counts by parts of the
 * window: an amount counts for at least `windowMs`, and for at most a twelfth longer, so the sum is never below
 * the true one.
 */
export class SlidingSum {
  readonly #slotMs: number
  readonly #clock: Clock
  readonly #startedAt: number
  /** Made when the first amount is added. A plain array is smaller than a typed one. */
  #amounts: number[] | undefined
  #current = 0
  #sum = 0

  constructor(windowMs: number, clock: Clock) {
    this.#slotMs = windowMs / PARTS
    this.#clock = clock
    this.#startedAt = clock.monotonic()
  }

  value(): number {
    this.#move()
    return this.#sum
  }

  add(amount: number): void {
    this.#move()
    this.#amounts ??= Array<number>(SLOTS).fill(0)
    this.#amounts[this.#current % SLOTS] = this.#amountIn(this.#current) + amount
    this.#sum += amount
  }

  /** Milliseconds until the sum is below the limit, if nothing is added. */
  msUntilBelow(limit: number): number {
    this.#move()
    let left = this.#sum
    let slot = Math.max(0, this.#current - PARTS)
    for (; slot < this.#current; slot++) {
      left -= this.#amountIn(slot)
      if (left < limit) break
    }
    return Math.max(0, (slot + SLOTS) * this.#slotMs - this.#elapsedMs())
  }

  #amountIn(slot: number): number {
    return this.#amounts?.[slot % SLOTS] ?? 0
  }

  #elapsedMs(): number {
    return this.#clock.monotonic() - this.#startedAt
  }

  /** Empties the slots that have left the window. Of a clock that goes back, nothing is freed. */
  #move(): void {
    const now = Math.floor(this.#elapsedMs() / this.#slotMs)
    if (now <= this.#current) return
    for (let slot = Math.max(this.#current + 1, now - PARTS); slot <= now; slot++) {
      this.#sum -= this.#amountIn(slot)
      if (this.#amounts) this.#amounts[slot % SLOTS] = 0
    }
    this.#current = now
  }
}
