import type { ResourceError } from '../errors.ts'
import type { Clock } from '../support/clock.ts'
import type { BudgetLimits } from './budget-limits.ts'
import { resourceError } from './resource-error.ts'
import type { BudgetUse } from './run-budget.ts'
import { createSlidingSum } from './sliding-sum.ts'

/** What all calls of a client together may use. One object stands for all of them, so a call costs no memory. */
export interface ClientBudget extends BudgetUse {
  /** Throws `budget_exceeded` when a limit is reached. */
  assertRoom(): void
  /** Counts one call; `release` ends it. */
  start(): void
}

export function createClientBudget(limits: BudgetLimits, clock: Clock): ClientBudget {
  const { callsPerWindow, bytesPerWindow, windowMs, concurrentCallsPerClient } = limits
  const calls = createSlidingSum(windowMs, clock)
  const bytes = createSlidingSum(windowMs, clock)
  let running = 0

  function usedUp(what: string, option: keyof BudgetLimits, freeInMs: number): ResourceError {
    const retryAt = new Date(clock.now() + freeInMs)
    const limit = `${limits[option]} in ${windowMs} ms`
    return resourceError(
      'budget_exceeded',
      `The agent has used up its budget of ${what} for now. Stop calling, and answer with what there is.`,
      `It frees up at ${retryAt.toISOString()}. Raise \`budget.${option}\` of the client (${limit}) if the agent may need more; Infinity lifts the limit.`,
      { retryable: true, retryAt },
    )
  }

  function tooManyAtOnce(): ResourceError {
    return resourceError(
      'budget_exceeded',
      'The agent has too many concurrent calls. Wait for their answers.',
      `Raise \`budget.concurrentCallsPerClient\` of the client (${concurrentCallsPerClient}) if the agent may need more; Infinity lifts the limit.`,
      { retryable: true },
    )
  }

  return {
    assertRoom() {
      if (calls.value() >= callsPerWindow)
        throw usedUp('calls', 'callsPerWindow', calls.msUntilBelow(callsPerWindow))
      if (bytes.value() >= bytesPerWindow)
        throw usedUp('data', 'bytesPerWindow', bytes.msUntilBelow(bytesPerWindow))
      if (running >= concurrentCallsPerClient) throw tooManyAtOnce()
    },
    start() {
      calls.add(1)
      running += 1
    },
    addBytes: (amount) => bytes.add(amount),
    release() {
      running -= 1
    },
  }
}
