import { randomUUID } from 'node:crypto'
import { systemTimer } from './pause.ts'

export interface EmulatorOptions {
  /** The agent's client ID. Default: a random UUID. */
  clientId?: string
  /** Default: a random UUID. */
  tenantId?: string
  /** Permissions of the first delegation. Default: metrics:read and records:read. */
  permissions?: readonly string[]
  /** Audience of the first delegation. Default: authsec-api. */
  audience?: readonly string[]
  /** Lifetime of delegations in seconds. Default: 3 600. */
  ttlSeconds?: number
  /** Whether the server's 100 requests a minute are enforced. Default: true. */
  rateLimit?: boolean
  /** Marks tokens with an issuer under `.invalid`, so that no real verifier takes them. Default: false. */
  mockIssuer?: boolean
  /** The clock, milliseconds since 1970. Default: the system's. */
  now?: () => number
  /** Runs a function in `ms` milliseconds and returns what calls it off. Default: the system's timer. */
  setTimeout?: (fn: () => void, ms: number) => () => void
}

export type EmulatorSettings = Readonly<Required<EmulatorOptions>>

export function createSettings(options: EmulatorOptions): EmulatorSettings {
  return Object.freeze({
    clientId: options.clientId ?? randomUUID(),
    tenantId: options.tenantId ?? randomUUID(),
    permissions: options.permissions ?? ['metrics:read', 'records:read'],
    audience: options.audience ?? ['authsec-api'],
    ttlSeconds: options.ttlSeconds ?? 3_600,
    rateLimit: options.rateLimit ?? true,
    mockIssuer: options.mockIssuer ?? false,
    now: options.now ?? Date.now,
    setTimeout: options.setTimeout ?? systemTimer,
  })
}

/** `iss` of the tokens: the tenant (contract 2.3), or a name that cannot exist. */
export function issuerOf({ tenantId, mockIssuer }: EmulatorSettings): string {
  return mockIssuer ? `spiffe://${tenantId}.mock.authsec.invalid` : `spiffe://${tenantId}`
}
