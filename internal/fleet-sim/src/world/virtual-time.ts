import type { Clock } from '@authsec/core'
import { EventQueue } from './event-queue.ts'

/** Monday, 23 November 2026, midnight. */
const START = Date.UTC(2026, 10, 23)

/** Time that passes from event to event. What an event has begun is done before the next one happens. */
export class VirtualTime {
  readonly #queue = new EventQueue()
  #now = 0

  /** Milliseconds since the start. */
  get now(): number {
    return this.#now
  }

  /** Whole milliseconds since 1970, as a system tells them. */
  get wall(): number {
    return START + Math.floor(this.#now)
  }

  /** The returned function cancels it. */
  at(time: number, run: () => void): () => void {
    const event = this.#queue.add(Math.max(time, this.#now), run)
    return () => {
      event.run = undefined
    }
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#now + ms, resolve))
  }

  /** A clock for one process: core tells its limiters and its token cells apart by their clocks. */
  clock(): Clock {
    return {
      now: () => this.wall,
      monotonic: () => this.#now,
      setTimeout: (callback, ms) => this.at(this.#now + ms, callback),
    }
  }

  /** What would be seen at another time, if nothing happened until then. `look` must begin nothing. */
  peek<T>(time: number, look: () => T): T {
    const now = this.#now
    this.#now = time
    try {
      return look()
    } finally {
      this.#now = now
    }
  }

  async runUntil(end: number): Promise<void> {
    for (;;) {
      const next = this.#queue.next
      if (!next || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      if (this.#runAll(next.at)) await settled()
    }
    this.#now = end
  }

  /** Whether anything happened at this time. */
  #runAll(at: number): boolean {
    let hasRun = false
    while (this.#queue.next?.at === at) {
      const run = this.#queue.take()?.run
      run?.()
      hasRun ||= run !== undefined
    }
    return hasRun
  }
}

/** All microtasks end before the event loop turns. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
