import type { ResourceError } from '../errors.ts'
import type { Clock } from '../support/clock.ts'
import type { BudgetLimits } from './budget-limits.ts'
import { resourceError } from './resource-error.ts'
import type { BudgetUse } from './run-budget.ts'
import { SlidingSum } from './sliding-sum.ts'

/** What all calls of a client together may use. One object stands for all of them, so a call costs no memory. */
export class ClientBudget implements BudgetUse {
  readonly #limits: BudgetLimits
  readonly #clock: Clock
  readonly #calls: SlidingSum
  readonly #bytes: SlidingSum
  #running = 0

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#calls = new SlidingSum(limits.windowMs, clock)
    this.#bytes = new SlidingSum(limits.windowMs, clock)
  }

  get isIdle(): boolean {
    return this.#running === 0
  }

  /** Throws `budget_exceeded` when a limit is reached. */
  assertRoom(): void {
    const { callsPerWindow, bytesPerWindow, concurrentCallsPerClient } = this.#limits
    if (this.#calls.value() >= callsPerWindow) {
      throw this.#usedUp('calls', 'callsPerWindow', this.#calls.msUntilBelow(callsPerWindow))
    }
    if (this.#bytes.value() >= bytesPerWindow) {
      throw this.#usedUp('data', 'bytesPerWindow', this.#bytes.msUntilBelow(bytesPerWindow))
    }
    if (this.#running >= concurrentCallsPerClient) throw tooManyAtOnce(concurrentCallsPerClient)
  }

  /** Counts one call; `release` ends it. */
  start(): void {
    this.#calls.add(1)
    this.#running += 1
  }

  addBytes(amount: number): void {
    this.#bytes.add(amount)
  }

  release(): void {
    this.#running -= 1
  }

  #usedUp(what: string, option: keyof BudgetLimits, freeInMs: number): ResourceError {
    const retryAt = new Date(this.#clock.now() + freeInMs)
    const limit = `${this.#limits[option]} in ${this.#limits.windowMs} ms`
    return resourceError(
      'budget_exceeded',
      `The agent has used up its budget of ${what} for now. Stop calling, and answer with what there is.`,
      `It frees up at ${retryAt.toISOString()}. Raise \`budget.${option}\` of the client (${limit}) if the agent may need more; Infinity lifts the limit.`,
      { retryable: true, retryAt },
    )
  }
}

function tooManyAtOnce(limit: number): ResourceError {
  return resourceError(
    'budget_exceeded',
    'The agent has too many concurrent calls. Wait for their answers.',
    `Raise \`budget.concurrentCallsPerClient\` of the client (${limit}) if the agent may need more; Infinity lifts the limit.`,
    { retryable: true },
  )
}
