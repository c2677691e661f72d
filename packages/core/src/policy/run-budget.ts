import type { ResourceError } from '../errors.ts'
import { checkOptions } from '../support/option-checks.ts'
import { optional, required } from '../support/option-values.ts'
import { resourceError } from './resource-error.ts'

/** What one run of an agent may use before it is stopped (OWASP LLM10, unbounded consumption). Infinity lifts a limit. */
export interface BudgetLimits {
  /** Default: 100. */
  readonly callsPerRun: number
  /** Bytes of answers, decoded. Default: 50 MiB. */
  readonly bytesPerRun: number
  /** Default: 8. */
  readonly concurrentCalls: number
}

const optionalLimit = optional(
  required(
    (value) => typeof value === 'number' && value > 0,
    'a number above 0 (Infinity lifts the limit)',
  ),
)

export function createBudgetLimits(options: Partial<BudgetLimits>): BudgetLimits {
  checkOptions<BudgetLimits>(
    options,
    'budget',
    { callsPerRun: optionalLimit, bytesPerRun: optionalLimit, concurrentCalls: optionalLimit },
    'budget.',
  )
  return Object.freeze({
    callsPerRun: options.callsPerRun ?? 100,
    bytesPerRun: options.bytesPerRun ?? 52_428_800,
    concurrentCalls: options.concurrentCalls ?? 8,
  })
}

/** One call that counts towards the budget of its run. */
interface BudgetUse {
  /** Bytes of the answer, as they arrive. */
  addBytes(bytes: number): void
  /** The call has ended. */
  release(): void
}

export interface RunBudgets {
  /** Takes one call out of the run's budget, or throws `budget_exceeded`. Without a run there is no limit. */
  take(run: string | undefined): BudgetUse
}

const UNLIMITED: BudgetUse = { addBytes: () => undefined, release: () => undefined }

interface Used {
  calls: number
  bytes: number
  running: number
}

const MOST_RUNS = 1_000

export function createRunBudgets(limits: BudgetLimits): RunBudgets {
  const runs = new Map<string, Used>()
  return {
    take(run) {
      if (run === undefined) return UNLIMITED
      const used = runs.get(run) ?? { calls: 0, bytes: 0, running: 0 }
      // Re-inserted, so that the run forgotten first is the one idle longest.
      runs.delete(run)
      runs.set(run, used)
      if (runs.size > MOST_RUNS) runs.delete(runs.keys().next().value ?? run)
      if (used.calls >= limits.callsPerRun) throw usedUp('calls')
      if (used.bytes >= limits.bytesPerRun) throw usedUp('data')
      if (used.running >= limits.concurrentCalls)
        throw exceeded('This run has too many concurrent calls. Wait for their answers.', true)
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
    },
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
