import { randomBytes, randomUUID } from 'node:crypto'
import type { CloudExchangeMode } from './cloud/cloud-exchange.ts'
import { DEFAULT_USERS, type EmulatorUser } from './delegation/users.ts'
import { type Clock, systemClock } from './support/clock.ts'

/** Which server is imitated: that of April 2026, or the newer one with workspaces for tenants. */
export type EmulatorProfile = '2026-04' | 'workspace'

export interface EmulatorOptions {
  /** Default: '2026-04'. */
  profile?: EmulatorProfile
  /** The agent's client ID. Default: a random UUID. */
  clientId?: string
  /** The tenant, or workspace. Default: a random UUID. */
  tenantId?: string
  /** Permissions of the first delegation. Default: metrics:read and records:read. */
  permissions?: readonly string[]
  /** Audience of the first delegation. Default: authsec-api. */
  audience?: readonly string[]
  /** Lifetime of delegations in seconds. Default: 3 600. */
  ttlSeconds?: number
  /** Who can be asked for approval. Default: approver@example.com, and nodevice@example.com without a device. */
  users?: readonly EmulatorUser[]
  /** Whether approval requests are approved at once. Default: false. */
  autoApprove?: boolean
  /** The client that asks for approvals in the tenant flow. Default: a random UUID. */
  cibaClientId?: string
  /** Its secret, which only the workspace profile asks for. Default: random. */
  cibaClientSecret?: string
  /** How the exchange for cloud credentials answers. Default: 'today'. */
  cloudExchange?: CloudExchangeMode
  /** Whether the server's 100 requests a minute are enforced. Default: true. */
  rateLimit?: boolean
  /** Marks tokens with an issuer under `.invalid`, so that no real verifier takes them. Default: false. */
  mockIssuer?: boolean
  /** The source of time and timers, which a test can replace. Default: the system's clock. */
  clock?: Clock
}

export type EmulatorSettings = Readonly<Required<EmulatorOptions>>

export function createSettings(options: EmulatorOptions): EmulatorSettings {
  return Object.freeze({
    profile: options.profile ?? '2026-04',
    clientId: options.clientId ?? randomUUID(),
    tenantId: options.tenantId ?? randomUUID(),
    permissions: options.permissions ?? ['metrics:read', 'records:read'],
    audience: options.audience ?? ['authsec-api'],
    ttlSeconds: options.ttlSeconds ?? 3_600,
    users: options.users ?? DEFAULT_USERS,
    autoApprove: options.autoApprove ?? false,
    cibaClientId: options.cibaClientId ?? randomUUID(),
    cibaClientSecret: options.cibaClientSecret ?? randomBytes(24).toString('base64url'),
    cloudExchange: options.cloudExchange ?? 'today',
    rateLimit: options.rateLimit ?? true,
    mockIssuer: options.mockIssuer ?? false,
    clock: options.clock ?? systemClock,
  })
}

/** `iss` of the tokens: the tenant (contract 2.3), or a name that cannot exist. */
export function issuerOf({ tenantId, mockIssuer }: EmulatorSettings): string {
  return mockIssuer ? `spiffe://${tenantId}.mock.authsec.invalid` : `spiffe://${tenantId}`
}

/** The tenant by the name its profile gives it, in bodies and in claims (contract 7.1). */
export function tenantField({ profile, tenantId }: EmulatorSettings): object {
  return profile === 'workspace' ? { workspace_id: tenantId } : { tenant_id: tenantId }
}

/** The agent's SPIFFE ID (contract 2.3). */
export function agentId({ tenantId, clientId }: EmulatorSettings): string {
  return `spiffe://example.org/tenants/${tenantId}/agents/langchain/${clientId}`
}
