import type { Clock } from '../support/clock.ts'
import type { Agent } from './agents.ts'

/** An agent of the emulator, with what an administrator sees of its delegation. */
export interface AgentSummary {
  /** Treat it as a secret: whoever knows it can pull the token (contract 1.4). */
  readonly clientId: string
  readonly tenantId: string
  readonly agentType: string
  /** Absent when nobody has delegated to the agent. */
  readonly delegation?: DelegationSummary
}

export interface DelegationSummary {
  readonly status: 'active' | 'expired' | 'revoked'
  readonly permissions: readonly string[]
  readonly audience: readonly string[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export function summaryOfAgent(
  { clientId, tenantId, agentType, store }: Agent,
  clock: Clock,
): AgentSummary {
  const row = store.current()
  if (!row) return { clientId, tenantId, agentType }
  const { permissions, audience, expiresAt } = row
  // The stored status stays `active` until a request notices the expiry (contract 1.3).
  const hasEnded = row.status === 'active' && Math.floor(expiresAt) <= clock.now()
  const status = hasEnded ? 'expired' : row.status
  return {
    ...{ clientId, tenantId, agentType },
    delegation: { status, permissions, audience, expiresAt },
  }
}
