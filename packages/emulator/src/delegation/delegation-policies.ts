import { checkOptions } from '../support/option-checks.ts'
import { optional, text, uuid } from '../support/option-values.ts'
import { permissions, ttlSeconds } from './delegation-options.ts'

/** A delegation policy: what an administrator may delegate to agents of one type (contract 5). */
export interface EmulatorPolicy {
  /** The `agent_type` that a delegation must name. */
  readonly agentType: string
  /**
   * The permissions that may be delegated. An empty list lets all permissions of the administrator pass.
   * Default: an empty list.
   */
  readonly permissions?: readonly string[]
  /** The longest lifetime in whole seconds. Default: `ttlSeconds` of the emulator's options. */
  readonly maxTtlSeconds?: number
  /** The only agent that the policy allows, a UUID in lower case. Default: any agent. */
  readonly clientId?: string
}

/** Throws a `ConfigError` when the value is not a policy. */
export function checkPolicy(policy: unknown, field: string): void {
  checkOptions<EmulatorPolicy>(
    policy,
    field,
    {
      agentType: text,
      permissions: optional(permissions),
      maxTtlSeconds: optional(ttlSeconds),
      clientId: optional(uuid),
    },
    `${field}.`,
  )
}

export interface PolicyDecision {
  readonly permissions: readonly string[]
  readonly ttlSeconds: number
}

/** The lifetime of a delegation that names none. */
const DEFAULT_TTL_SECONDS = 3_600

/** What the administrator of a tenant has, and may delegate. */
export interface DelegationRules {
  readonly permissions: readonly string[]
  readonly ttlSeconds: number
  readonly policies: readonly (EmulatorPolicy | PolicyRecord)[]
}

/** A policy that an administrator made over HTTP. */
export interface PolicyRecord extends Required<Omit<EmulatorPolicy, 'clientId'>> {
  readonly id: string
  readonly tenantId: string
  readonly roleName: string
  readonly enabled: boolean
  readonly clientId: string | undefined
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

export interface PolicyRecords {
  /** Oldest first. */
  readonly all: readonly PolicyRecord[]
  /** Returns nothing when the tenant has a policy of this role and agent type (contract 5, 409). */
  add(policy: Omit<PolicyRecord, 'id'>): PolicyRecord | undefined
  /** What an administrator of the tenant may delegate: by policies made here, the newest first, then by the option. */
  rulesFor(tenantId: string): DelegationRules
}

export function createPolicyRecords(rules: DelegationRules): PolicyRecords {
  const all: PolicyRecord[] = []
  return {
    all,
    add(given) {
      const isTaken = all.some(
        ({ tenantId, roleName, agentType }) =>
          tenantId === given.tenantId &&
          roleName === given.roleName &&
          agentType === given.agentType,
      )
      if (isTaken) return undefined
      const policy = Object.freeze({ ...given, id: crypto.randomUUID() })
      all.push(policy)
      return policy
    },
    rulesFor(tenantId) {
      const own = all.filter((policy) => policy.tenantId === tenantId && policy.enabled).reverse()
      return { ...rules, policies: [...own, ...rules.policies] }
    },
  }
}

/** What the policy for `agentType` allows, or the error of the server's 403. */
export function decideDelegation(
  rules: DelegationRules,
  wanted: { agentType: string; clientId: string; ttlSeconds: number | undefined },
): PolicyDecision | { readonly error: string; readonly details?: string } {
  const policy = rules.policies.find(({ agentType }) => agentType === wanted.agentType)
  if (!policy) {
    const details = 'no delegation policy matches the roles of the user and this agent_type'
    return { error: 'Delegation not allowed', details }
  }
  const delegated = intersection(rules.permissions, policy.permissions ?? [])
  if (delegated.length === 0) return { error: 'No permissions to delegate after intersection' }
  if (policy.clientId !== undefined && policy.clientId !== wanted.clientId) {
    return { error: 'Delegation policy is bound to another client' }
  }
  const { ttlSeconds = 0 } = wanted
  const asked = ttlSeconds > 0 ? ttlSeconds : DEFAULT_TTL_SECONDS
  const most = policy.maxTtlSeconds ?? rules.ttlSeconds
  return { permissions: delegated, ttlSeconds: Math.min(asked, most) }
}

function intersection(own: readonly string[], allowed: readonly string[]): readonly string[] {
  return allowed.length === 0 ? own : own.filter((permission) => allowed.includes(permission))
}
