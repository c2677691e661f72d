import { checkOptions } from '../support/option-checks.ts'
import { boolean, optional, text, uuid } from '../support/option-values.ts'
import { audience, permissions, ttlSeconds } from './delegation-options.ts'

/** A further agent of the emulator, beside the one of the option `clientId`. */
export interface EmulatorAgent {
  /** A UUID in lower case. */
  readonly clientId: string
  /** The agent's tenant, a UUID in lower case. Default: `tenantId` of the emulator's options. */
  readonly tenantId?: string
  /** The type in the agent's record. Default: `langchain`. */
  readonly agentType?: string
  /** Permissions of the first delegation. Default: those of the emulator's options. */
  readonly permissions?: readonly string[]
  /** Audience of the first delegation, one name or a list. Default: that of the emulator's options. */
  readonly audience?: string | readonly string[]
  /** Lifetime of delegations in whole seconds. Default: that of the emulator's options. */
  readonly ttlSeconds?: number
  /**
   * Whether an administrator has delegated to the agent. An agent that is known and was never delegated
   * gets 404 `No active delegation token found` (contract 1.3). Default: true.
   */
  readonly delegated?: boolean
}

/** Throws a `ConfigError` when the value is not an agent. */
export function checkAgent(agent: unknown, field: string): void {
  checkOptions<EmulatorAgent>(
    agent,
    field,
    {
      clientId: uuid,
      tenantId: optional(uuid),
      agentType: optional(text),
      permissions: optional(permissions),
      audience: optional(audience),
      ttlSeconds: optional(ttlSeconds),
      delegated: optional(boolean),
    },
    `${field}.`,
  )
}

export const DEFAULT_AGENT_TYPE = 'langchain'
