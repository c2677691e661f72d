import type { EventBody } from '../../../../packages/core/src/events.ts'
import { pauseAfterSameToken } from '../../../../packages/core/src/token/refresh-pace.ts'
import type { Held } from './process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** To a second, it is known when a token is to be refreshed. */
const PRECISION_MS = 500

/** One agent in one process: what the simulation must know of its token. */
export class Seat {
  readonly agent: number
  readonly slot: number
  held: Held | undefined
  isBusy = false
  cancelNext: (() => void) | undefined
  /** Until then a call is served at once and nothing else happens. */
  quietUntil = 0
  /** When its token may not be used any more. */
  #endsAt = Number.NEGATIVE_INFINITY
  /** How long before that the engine has callers wait for a newer one. */
  #expiringMs = 0
  /** Whether somebody called in this time. */
  #wasInUse = false

  constructor(agent: number, slot: number) {
    this.agent = agent
    this.slot = slot
  }

  hasToken(time: VirtualTime): boolean {
    return time.now < this.#endsAt
  }

  /** A call begins. Whether its token has expired although somebody called shortly before. */
  begin(time: VirtualTime): boolean {
    const hasExpired = !this.hasToken(time)
    const hasExpiredInUse = hasExpired && this.#wasInUse
    this.#wasInUse = !hasExpired && time.now >= this.#endsAt - this.#expiringMs
    return hasExpiredInUse
  }

  forget(): void {
    this.held = undefined
    this.quietUntil = 0
    this.#endsAt = Number.NEGATIVE_INFINITY
    this.#wasInUse = false
  }

  /** `confirmedAgoMs`: since AuthSec gave this token to a process. */
  acquired(
    { expiresAt, unchanged }: Extract<EventBody, { type: 'token.acquired' }>,
    {
      time,
      lifeMs,
      confirmedAgoMs,
    }: {
      readonly time: VirtualTime
      readonly lifeMs: number
      readonly confirmedAgoMs: number
    },
  ): void {
    const cell = this.held?.cell
    if (!cell) return
    const { now } = time
    const leftMs = expiresAt.getTime() - time.wall
    this.#endsAt = now + leftMs - Math.min(5_000, lifeMs * 0.02)
    if (!unchanged) this.#wasInUse = false
    this.#expiringMs = Math.min(MINUTE, lifeMs * 0.1)
    if (!unchanged && cell.fresh({})) {
      this.quietUntil = lastWhere(now, this.#endsAt, (at) => time.peek(at, () => cell.fresh({})))
      return
    }
    // The engine asks no sooner than that (`pauseAfterStoredToken`).
    const pause = pauseAfterSameToken(leftMs + confirmedAgoMs, this.#expiringMs)
    this.quietUntil = Math.min(now + 0.9 * pause - confirmedAgoMs, this.#endsAt)
  }
}

const MINUTE = 60_000

/** The last time for which something holds that holds at the first one and ends once. */
function lastWhere(from: number, to: number, holds: (at: number) => unknown): number {
  let [low, high] = [from, to]
  while (high - low > PRECISION_MS) {
    const middle = (low + high) / 2
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}
