import { type EmulatorSettings, issuerOf, tenantField } from '../options.ts'
import { microtime } from '../server/go-timestamp.ts'
import type { AgentRecord } from './agent-record.ts'
import { checkDelegateOptions, type DelegateOptions, listOfAudience } from './delegation-options.ts'
import { DAY_SECONDS } from './sessions.ts'
import type { SigningKey } from './signing-keys.ts'
import { administratorOf } from './users.ts'

/** The stored delegation of an agent, which the token endpoint returns until the next delegation. */
export interface Delegation {
  readonly status: 'active' | 'expired' | 'revoked'
  readonly jti: string
  readonly permissions: readonly string[]
  readonly audience: readonly string[]
  readonly ttlSeconds: number
  /** Milliseconds since 1970, with a fraction: the server stores microseconds (contract 1.2). */
  readonly expiresAt: number
  readonly createdAt: number
  readonly updatedAt: number
  /** Signs the token on the first call. Later calls return the same JWT (contract 1.4). */
  token(): Promise<string>
}

export interface DelegationStore {
  current(): Delegation | undefined
  delegate(options?: DelegateOptions): Delegation
  /** Revokes the delegation. The issued JWT stays valid. Returns whether there was an active one. */
  revoke(): boolean
  /** Ends the delegation now. */
  expire(): void
  /** Stores the status `expired`, as the server does at the first read after the expiry (contract 1.3). */
  markExpired(): void
}

/** What all agents of an emulator have in common. */
export interface IssuedTokens {
  /** All delegation tokens that were signed so far. */
  readonly tokens: readonly string[]
  /** The `jti` of tokens that `expire()` ended before the time in their `exp`. */
  readonly endedEarly: Set<string>
  add(token: string): void
}

/** Every token is also a secret. */
export function createIssuedTokens(secrets: string[]): IssuedTokens {
  const tokens: string[] = []
  return {
    tokens,
    endedEarly: new Set(),
    add(token) {
      tokens.push(token)
      secrets.push(token)
    },
  }
}

/** The store of one agent. It starts with a delegation, unless the agent was never delegated. */
export function createDelegationStore(
  settings: EmulatorSettings,
  agent: AgentRecord,
  key: SigningKey,
  issued: IssuedTokens,
): DelegationStore {
  // Only the newer server caps the lifetime that a policy allows (contract 1.4).
  const mostSeconds = settings.profile === 'workspace' ? DAY_SECONDS : Number.POSITIVE_INFINITY
  let row: Delegation | undefined

  function delegate(options: DelegateOptions = {}): Delegation {
    checkDelegateOptions(options)
    row = mint(options, row?.createdAt)
    return row
  }

  function mint(options: DelegateOptions, createdAt: number | undefined): Delegation {
    const { permissions = agent.permissions, agentType = agent.agentType } = options
    const audience = listOfAudience(options.audience ?? agent.audience)
    const ttlSeconds = Math.min(options.ttlSeconds ?? agent.ttlSeconds, mostSeconds)
    const now = microtime(settings.clock)
    const issuedAt = Math.floor(now / 1000)
    const jti = crypto.randomUUID()
    const administrator = administratorOf(agent.tenantId)
    const claims = {
      iss: issuerOf(settings, agent.tenantId),
      sub: agent.spiffeId,
      aud: [...audience],
      exp: issuedAt + ttlSeconds,
      nbf: issuedAt,
      iat: issuedAt,
      jti,
      user_id: administrator.id,
      email: administrator.email,
      ...tenantField(settings, agent.tenantId),
      agent_type: agentType,
      permissions: [...permissions],
      client_id: agent.clientId,
    }
    let signing: Promise<string> | undefined
    const sign = async (): Promise<string> => {
      const token = await key.sign(claims)
      issued.add(token)
      return token
    }
    return Object.freeze({
      ...({ status: 'active', jti, permissions, audience, ttlSeconds } as const),
      createdAt: createdAt ?? now,
      // The server computes it after signing, so it is a little later than `exp` (contract 1.2).
      expiresAt: now + ttlSeconds * 1000,
      updatedAt: now,
      token() {
        signing ??= sign()
        return signing
      },
    })
  }

  function change(changes: Partial<Delegation>): void {
    if (row) row = Object.freeze({ ...row, ...changes })
  }

  if (agent.isDelegated) delegate()
  return {
    current: () => row,
    delegate,
    revoke() {
      if (row?.status !== 'active') return false
      change({ status: 'revoked' })
      return true
    },
    expire() {
      if (!row) return
      issued.endedEarly.add(row.jti)
      change({ expiresAt: settings.clock.now() - 1 })
    },
    markExpired: () => change({ status: 'expired' }),
  }
}
