import { randomUUID } from 'node:crypto'
import { agentId, type EmulatorSettings, issuerOf, tenantField } from '../options.ts'
import { checkDelegateOptions, type DelegateOptions } from './delegation-options.ts'
import { DAY_SECONDS } from './sessions.ts'
import type { SigningKey } from './signing-keys.ts'

/** The row of one agent: what the token endpoint hands out until somebody delegates again. */
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
  /** Signed once: the same JWT comes back every time (contract 1.4). */
  token(): Promise<string>
}

export interface DelegationStore {
  current(): Delegation | undefined
  delegate(options?: DelegateOptions): Delegation
  /** Takes the delegation back: the next pull answers 404, and the issued JWT stays valid. Returns whether there was one. */
  revoke(): boolean
  /** Lets the delegation run out now: the next pull answers 410, later ones 404. */
  expire(): void
  /** What the first read after expiry does to the row. */
  markExpired(): void
  /** Whether a token's time was ended by `expire()`, although its `exp` says otherwise. */
  isEndedEarly(jti: string): boolean
  /** Every token ever signed here, for tests that look for leaks. */
  readonly issued: readonly string[]
  /** Adds a token made elsewhere, by a fault. */
  remember(token: string): void
}

export function createDelegationStore(
  settings: EmulatorSettings,
  key: SigningKey,
  secrets: string[],
): DelegationStore {
  const issued: string[] = []
  const endedEarly = new Set<string>()
  // Only the newer server caps what a policy allows (contract 1.4).
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
      // Computed after signing on the server, so a little later than `exp` (contract 1.2).
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
