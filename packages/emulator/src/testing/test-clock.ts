import { type Clock, systemClock } from '../support/clock.ts'
import { checkOptions, type OptionChecks } from '../support/option-checks.ts'
import { optional, required, wholeNumber } from '../support/option-values.ts'

export interface TestClockOptions {
  /** How many times faster than real time waits of at most 2 s are over, from 1 to 1 000. Default: 10, so that a poll every second takes a tenth of it. Longer ones, such as deadlines, take their time. */
  readonly speed?: number
}

/** A clock for the emulator and for the client of a test. Time passes by itself, and at once on request. */
export interface TestClock extends Clock {
  /**
   * Lets time pass at once, in milliseconds: timers fire in order, and the work of each gets a moment before
   * the next one fires. Moves both the time of day and `monotonic`.
   */
  advance(ms: number): Promise<void>
}

const checks: OptionChecks<TestClockOptions> = { speed: optional(wholeNumber(1, 1_000)) }
const duration = required(
  (value) => typeof value === 'number' && value >= 0 && value <= 315_360_000_000,
  'milliseconds, from 0 to ten years',
)

/** The intervals of polls and retries. Deadlines are longer, and a slow machine needs all of them. */
const SHORT_MS = 2_000

interface Timer {
  readonly at: number
  readonly isShort: boolean
  readonly keepAlive: boolean
  readonly callback: () => void
  cancel: () => void
}

/**
 * Creates a clock for tests. It goes as the real one until `advance` moves it. A wait of at most 2 s is over
 * `speed` times as fast: the clock then jumps to its end, so that both clocks agree with what was waited for.
 *
 * Throws a `ConfigError` for an unknown option or a speed that is out of range.
 *
 * @example
 * ```ts
 * import { createEmulator } from '@authsec/emulator'
 * import { createTestClock } from '@authsec/emulator/testing'
 *
 * const clock = createTestClock()
 * const emulator = createEmulator({ clock, ttlSeconds: 900 })
 * await clock.advance(900_000)
 * console.log(emulator.control.agents()[0]?.delegation?.status) // expired
 * ```
 */
export function createTestClock(options: TestClockOptions = {}): TestClock {
  checkOptions<TestClockOptions>(options, 'the test clock', checks)
  const { speed = 10 } = options
  const timers = new Set<Timer>()
  let offset = 0
  const monotonic = (): number => systemClock.monotonic() + offset
  const jumpTo = (time: number): void => {
    offset += Math.max(0, time - monotonic())
  }

  function start(timer: Timer): void {
    const left = Math.max(0, timer.at - monotonic())
    const ms = timer.isShort ? left / speed : left
    // Node fires a timer with a longer delay at once.
    const delay = Math.min(ms, 2_147_483_647)
    const { keepAlive } = timer
    timer.cancel = systemClock.setTimeout(() => fire(timer), delay, { keepAlive })
  }

  function fire(timer: Timer): void {
    if (!timer.isShort && timer.at > monotonic() + 1) {
      start(timer)
      return
    }
    jumpTo(timer.at)
    timers.delete(timer)
    timer.callback()
  }

  function nextBefore(target: number): Timer | undefined {
    return [...timers].filter(({ at }) => at <= target).sort((one, other) => one.at - other.at)[0]
  }

  return {
    now: () => systemClock.now() + offset,
    monotonic,
    setTimeout(callback, ms, { keepAlive = true } = {}) {
      const isShort = ms <= SHORT_MS
      const timer = { at: monotonic() + ms, isShort, keepAlive, callback, cancel: () => undefined }
      timers.add(timer)
      start(timer)
      return () => {
        timer.cancel()
        timers.delete(timer)
      }
    },
    async advance(ms) {
      duration(ms, 'ms')
      const target = monotonic() + ms
      for (let next = nextBefore(target); next; next = nextBefore(target)) {
        jumpTo(next.at)
        next.cancel()
        fire(next)
        await moment()
      }
      jumpTo(target)
      for (const timer of timers) {
        timer.cancel()
        start(timer)
      }
      await moment()
    },
  }
}

/** Enough for a request to a server in this process and its answer. */
async function moment(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => systemClock.setTimeout(() => resolve(undefined), 2))
}
