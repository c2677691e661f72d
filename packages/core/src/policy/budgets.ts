import type { Clock } from '../support/clock.ts'
import type { BudgetLimits } from './budget-limits.ts'
import { ClientBudget } from './client-budget.ts'
import { type BudgetUse, RunBudgets } from './run-budget.ts'

/** The budgets that a call counts towards: the client's, and that of its run. */
export class Budgets {
  readonly #client: ClientBudget
  readonly #limits: BudgetLimits
  #runs: RunBudgets | undefined

  constructor(limits: BudgetLimits, clock: Clock) {
    this.#client = new ClientBudget(limits, clock)
    this.#limits = limits
  }

  /** Whether no call is under way. */
  get isIdle(): boolean {
    return this.#client.isIdle
  }

  /** Takes one call out of the budgets, or throws `budget_exceeded` and takes nothing. */
  take(run: string | undefined): BudgetUse {
    const client = this.#client
    client.assertRoom()
    if (run === undefined) {
      client.start()
      return client
    }
    this.#runs ??= new RunBudgets(this.#limits)
    const ofRun = this.#runs.take(run)
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
  }
}
