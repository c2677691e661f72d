import type { Clock } from '../support/clock.ts'
import type { BudgetLimits } from './budget-limits.ts'
import { createClientBudget } from './client-budget.ts'
import { type BudgetUse, createRunBudgets } from './run-budget.ts'

/** The budgets that a call counts towards: the client's, and that of its run. */
export interface Budgets {
  /** Takes one call out of the budgets, or throws `budget_exceeded` and takes nothing. */
  take(run: string | undefined): BudgetUse
}

export function createBudgets(limits: BudgetLimits, clock: Clock): Budgets {
  const client = createClientBudget(limits, clock)
  const runs = createRunBudgets(limits)
  return {
    take(run) {
      client.assertRoom()
      if (run === undefined) {
        client.start()
        return client
      }
      const ofRun = runs.take(run)
      client.start()
      return {
        addBytes(bytes) {
          ofRun.addBytes(bytes)
          client.addBytes(bytes)
        },
        release() {
          ofRun.release()
          client.release()
        },
      }
    },
  }
}
