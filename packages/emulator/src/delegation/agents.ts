import type { EmulatorSettings } from '../options.ts'
import { microtime } from '../server/go-timestamp.ts'
import { DEFAULT_AGENT_TYPE, type EmulatorAgent } from './agent-options.ts'
import type { AgentRecord } from './agent-record.ts'
import { createDelegationStore, type DelegationStore, type IssuedTokens } from './delegation.ts'
import { listOfAudience } from './delegation-options.ts'
import type { TenantKeys } from './signing-keys.ts'

export interface Agent extends AgentRecord {
  readonly store: DelegationStore
}

export interface AgentDirectory {
  readonly all: readonly Agent[]
  /** The agent of the option `clientId`. */
  readonly main: Agent
  find(clientId: string): Agent | undefined
  /** Adds an agent, as an administrator does. */
  register(given: EmulatorAgent): Agent
}

export function createAgentDirectory(
  settings: EmulatorSettings,
  keys: TenantKeys,
  issued: IssuedTokens,
): AgentDirectory {
  const create = (given: EmulatorAgent): Agent => {
    const record = agentRecord(given, settings)
    const store = createDelegationStore(settings, record, keys.of(record.tenantId), issued)
    return { ...record, store }
  }
  const main = create({ clientId: settings.clientId })
  const all = [main, ...settings.agents.map(create)]
  return {
    ...{ all, main },
    find: (clientId) => all.find((agent) => agent.clientId === clientId),
    register(given) {
      const agent = create(given)
      all.push(agent)
      return agent
    },
  }
}

function agentRecord(given: EmulatorAgent, settings: EmulatorSettings): AgentRecord {
  const { clientId, tenantId = settings.tenantId, agentType = DEFAULT_AGENT_TYPE } = given
  return {
    ...{ clientId, tenantId, agentType },
    // The trust domain of a server without configuration (contract 2.3).
    spiffeId: `spiffe://example.org/tenants/${tenantId}/agents/${agentType}/${clientId}`,
    permissions: given.permissions ?? settings.permissions,
    audience: listOfAudience(given.audience ?? settings.audience),
    ttlSeconds: given.ttlSeconds ?? settings.ttlSeconds,
    isDelegated: given.delegated ?? true,
    createdAt: microtime(settings.clock),
  }
}
