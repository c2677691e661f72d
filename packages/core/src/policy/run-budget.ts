import type { ResourceError } from '../errors.ts'
import type { BudgetLimits } from './budget-limits.ts'
import { resourceError } from './resource-error.ts'

/** One call that counts towards a budget. */
export interface BudgetUse {
  /** Bytes of the answer, as they arrive. */
  addBytes(bytes: number): void
  /** The call has ended. */
  release(): void
}

interface Used {
  calls: number
  bytes: number
  running: number
}

const MOST_RUNS = 1_000

type RunLimits = Pick<BudgetLimits, 'callsPerRun' | 'bytesPerRun' | 'concurrentCalls'>

export class RunBudgets {
  readonly #limits: RunLimits
  readonly #runs = new Map<string, Used>()

  constructor(limits: RunLimits) {
    this.#limits = limits
  }

  /** Takes one call out of the run's budget, or throws `budget_exceeded`. */
  take(run: string): BudgetUse {
    const used = this.#usedBy(run)
    const { callsPerRun, bytesPerRun, concurrentCalls } = this.#limits
    if (used.calls >= callsPerRun) throw usedUp('calls')
    if (used.bytes >= bytesPerRun) throw usedUp('data')
    if (used.running >= concurrentCalls) {
      throw exceeded('This run has too many concurrent calls. Wait for their answers.', true)
    }
    used.calls += 1
    used.running += 1
    return {
      addBytes: (bytes) => {
        used.bytes += bytes
      },
      release: () => {
        used.running -= 1
      },
    }
  }

  #usedBy(run: string): Used {
    const runs = this.#runs
    const used = runs.get(run) ?? { calls: 0, bytes: 0, running: 0 }
    // Re-inserted, so that the run forgotten first is the one idle longest.
    runs.delete(run)
    runs.set(run, used)
    if (runs.size > MOST_RUNS) runs.delete(runs.keys().next().value ?? run)
    return used
  }
}

function usedUp(what: 'calls' | 'data'): ResourceError {
  return exceeded(
    `This run has used up its budget of ${what}. Stop calling, and answer with what there is.`,
  )
}

function exceeded(message: string, retryable = false): ResourceError {
  const hint = 'Raise `budget` of the client if a run may need more; Infinity lifts a limit.'
  return resourceError('budget_exceeded', message, hint, { retryable })
}
