import { randomUUID } from 'node:crypto'
import { agentId, type EmulatorSettings, issuerOf, tenantField } from '../options.ts'
import { checkDelegateOptions, type DelegateOptions } from './delegation-options.ts'
import { DAY_SECONDS } from './sessions.ts'
import type { SigningKey } from './signing-keys.ts'

/** The stored delegation of the agent, which the token endpoint returns until the next delegation. */
export interface Delegation {
  readonly status: 'active' | 'expired' | 'revoked'
  readonly jti: string
  readonly spiffeId: string
  readonly permissions: readonly string[]
  readonly audience: readonly string[]
  readonly ttlSeconds: number
  /** Milliseconds since 1970. */
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
  /** Whether `expire()` ended the token before the time in its `exp`. */
  isEndedEarly(jti: string): boolean
  /** All tokens that were signed so far. */
  readonly issued: readonly string[]
  /** Adds a token that a fault signed. */
  remember(token: string): void
}

export function createDelegationStore(
  settings: EmulatorSettings,
  key: SigningKey,
  secrets: string[],
): DelegationStore {
  const issued: string[] = []
  const endedEarly = new Set<string>()
  // Only the newer server caps the lifetime that a policy allows (contract 1.4).
  const mostSeconds = settings.profile === 'workspace' ? DAY_SECONDS : Number.POSITIVE_INFINITY
  let row: Delegation | undefined

  function delegate(options: DelegateOptions = {}): Delegation {
    checkDelegateOptions(options)
    const createdAt = row?.createdAt ?? settings.clock.now()
    row = mint(options, createdAt)
    return row
  }

  function mint(options: DelegateOptions, createdAt: number): Delegation {
    const { permissions = settings.permissions, audience = settings.audience } = options
    const ttlSeconds = Math.min(options.ttlSeconds ?? settings.ttlSeconds, mostSeconds)
    const now = settings.clock.now()
    const issuedAt = Math.floor(now / 1000)
    const jti = randomUUID()
    const spiffeId = agentId(settings)
    const claims = {
      iss: issuerOf(settings),
      sub: spiffeId,
      aud: [...audience],
      exp: issuedAt + ttlSeconds,
      nbf: issuedAt,
      iat: issuedAt,
      jti,
      user_id: settings.tenantId,
      email: 'admin@example.com',
      ...tenantField(settings),
      agent_type: 'langchain',
      permissions: [...permissions],
      client_id: settings.clientId,
    }
    let signing: Promise<string> | undefined
    const sign = async (): Promise<string> => {
      const token = await key.sign(claims)
      remember(token)
      return token
    }
    return Object.freeze({
      ...({
        status: 'active',
        jti,
        spiffeId,
        permissions,
        audience,
        ttlSeconds,
        createdAt,
      } as const),
      // The server computes it after signing, so it is a little later than `exp` (contract 1.2).
      expiresAt: now + ttlSeconds * 1000,
      updatedAt: now,
      token() {
        signing ??= sign()
        return signing
      },
    })
  }

  function remember(token: string): void {
    issued.push(token)
    secrets.push(token)
  }

  function change(changes: Partial<Delegation>): void {
    if (row) row = Object.freeze({ ...row, ...changes })
  }

  delegate()
  return {
    issued,
    remember,
    current: () => row,
    delegate,
    revoke() {
      if (row?.status !== 'active') return false
      change({ status: 'revoked' })
      return true
    },
    expire() {
      if (!row) return
      endedEarly.add(row.jti)
      change({ expiresAt: settings.clock.now() - 1 })
    },
    markExpired: () => change({ status: 'expired' }),
    isEndedEarly: (jti) => endedEarly.has(jti),
  }
}
