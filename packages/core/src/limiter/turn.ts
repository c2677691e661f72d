import type { Clock } from '../support/clock.ts'

export interface TurnOptions {
  /** Before all that is not urgent, and up to the last slot of the window. */
  readonly isUrgent: boolean
  /** Longest wait, in milliseconds, for all turns of the request together. */
  readonly queueMs: number
  readonly signal: AbortSignal | undefined
  /** Whether the wait keeps the process alive. */
  readonly keepAlive: boolean
}

/** The waiting of one request for its turns: it needs one for each time that it is sent. */
export class Turn {
  readonly signal: AbortSignal | undefined
  #isUrgent: boolean
  #keepAlive: boolean
  #leftMs: number
  #waitedMs = 0
  #since: number | undefined
  readonly #clock: Clock
  #onHurry: (() => void) | undefined

  constructor(clock: Clock, { isUrgent, queueMs, signal, keepAlive }: TurnOptions) {
    this.#clock = clock
    this.#isUrgent = isUrgent
    this.#leftMs = queueMs
    this.#keepAlive = keepAlive
    this.signal = signal
  }

  get isUrgent(): boolean {
    return this.#isUrgent
  }

  get keepAlive(): boolean {
    return this.#keepAlive
  }

  /** What is left of the longest wait, in milliseconds. */
  get leftMs(): number {
    return this.#leftMs - this.#running()
  }

  /** How long it has waited, in milliseconds. */
  get waitedMs(): number {
    return this.#waitedMs + this.#running()
  }

  /** The wait begins. It is told when somebody is in a hurry meanwhile. */
  begin(onHurry: () => void): void {
    this.#since = this.#clock.monotonic()
    this.#onHurry = onHurry
  }

  end(): void {
    const ms = this.#running()
    this.#waitedMs += ms
    this.#leftMs -= ms
    this.#since = undefined
    this.#onHurry = undefined
  }

  /** Somebody waits for what was nobody's hurry: no longer than this from now on. */
  hurry(queueMs: number, isUrgent: boolean): void {
    const isSooner = queueMs < this.leftMs
    if (!isSooner && this.#keepAlive && (this.#isUrgent || !isUrgent)) return
    if (isSooner) this.#leftMs = queueMs + this.#running()
    this.#isUrgent ||= isUrgent
    this.#keepAlive = true
    this.#onHurry?.()
  }

  #running(): number {
    return this.#since === undefined ? 0 : this.#clock.monotonic() - this.#since
  }
}
