import type { BudgetLimits } from '../policy/budget-limits.ts'
import { Budgets } from '../policy/budgets.ts'
import type { Clock } from '../support/clock.ts'

/** The budgets of the agents of a pool, which outlive their clients: a new client is no new budget. */
export interface AgentBudgets {
  /** `key`: the client ID, and what tells apart clients of the agent with limits of their own. */
  of(key: string, limits: BudgetLimits): Budgets
  readonly size: number
}

interface Kept {
  readonly budgets: Budgets
  /** How long it counts after its last call, in milliseconds. */
  readonly lastsMs: number
  usedAt: number
}

interface Bounds {
  readonly maxClients: number
  readonly idleMs: number
  readonly clock: Clock
}

const LEAST_KEPT = 10_000
const FIRST_SWEEP = 1_000

/** What counts is kept for as many agents as the pool has clients, twice over, and for 10 000 at least. */
export function createAgentBudgets({ maxClients, idleMs, clock }: Bounds): AgentBudgets {
  const most = Math.max(LEAST_KEPT, 2 * maxClients)
  /** In the order of their first use. */
  const kept = new Map<string, Kept>()
  let sweepAt = Math.min(most, FIRST_SWEEP)

  /** Only when there are twice as many as after the last time, so that a new agent costs the same however many there are. */
  function sweep(now: number): void {
    for (const [key, { budgets, lastsMs, usedAt }] of kept) {
      if (now - usedAt > lastsMs && budgets.isIdle) kept.delete(key)
    }
    for (const [key, { budgets }] of kept) {
      // A tenth is freed together, for the same reason.
      if (kept.size < most * 0.9) break
      if (budgets.isIdle) kept.delete(key)
    }
    sweepAt = Math.min(most, Math.max(FIRST_SWEEP, 2 * kept.size))
  }

  return {
    of(key, limits) {
      const now = clock.monotonic()
      const known = kept.get(key)
      if (known) {
        known.usedAt = now
        return known.budgets
      }
      if (kept.size >= sweepAt) sweep(now)
      const budgets = new Budgets(limits, clock)
      // A sliding sum counts for up to a twelfth longer than its window.
      const lastsMs = Math.max(idleMs, limits.windowMs * 1.1)
      kept.set(key, { budgets, lastsMs, usedAt: now })
      return budgets
    },
    get size() {
      return kept.size
    },
  }
}
