import { randomBytes, randomUUID } from 'node:crypto'
import { type CloudExchangeMode, cloudExchangeMode } from './cloud/cloud-exchange.ts'
import { audience, permissions, ttlSeconds } from './delegation/delegation-options.ts'
import { checkUser, DEFAULT_USERS, type EmulatorUser } from './delegation/users.ts'
import { type Clock, systemClock } from './support/clock.ts'
import { checkOptions, type OptionChecks } from './support/option-checks.ts'
import { boolean, choice, clock, list, optional, text, uuid } from './support/option-values.ts'

/** The imitated server: that of April 2026, or the newer one, which has workspaces instead of tenants. */
export type EmulatorProfile = '2026-04' | 'workspace'

/** The options of an emulator. All of them are optional. */
export interface EmulatorOptions {
  /** The imitated server. Default: `'2026-04'`. */
  profile?: EmulatorProfile
  /** The agent's client ID, a UUID in lower case. Default: a random UUID. */
  clientId?: string
  /** The tenant, or the workspace, a UUID in lower case. Default: a random UUID. */
  tenantId?: string
  /** Permissions of the first delegation. Default: metrics:read and records:read. */
  permissions?: readonly string[]
  /** Audience of the first delegation, a list of one or more names. Default: authsec-api. */
  audience?: readonly string[]
  /** Lifetime of delegations in whole seconds, from 1 to 315 360 000 (ten years). Default: 3 600. */
  ttlSeconds?: number
  /** The users who can approve. Default: approver@example.com, and nodevice@example.com without a device. */
  users?: readonly EmulatorUser[]
  /** Whether the emulator approves each approval request at once. Default: false. */
  autoApprove?: boolean
  /** The client that requests approvals in the tenant flow, a UUID in lower case. Default: a random UUID. */
  cibaClientId?: string
  /** The secret of that client, which only the workspace profile checks. Default: random. */
  cibaClientSecret?: string
  /** How the exchange for cloud credentials responds (contract 4). Default: `'today'`. */
  cloudExchange?: CloudExchangeMode
  /** Whether the emulator enforces the server's limits, 100 requests a minute among them. Default: true. */
  rateLimit?: boolean
  /** Whether tokens carry an issuer under `.invalid`, which no real verifier accepts. Default: false. */
  mockIssuer?: boolean
  /** The source of time and timers, which a test can replace. Default: the system's clock. */
  clock?: Clock
}

export type EmulatorSettings = Readonly<Required<EmulatorOptions>>

export const emulatorChecks: OptionChecks<EmulatorOptions> = {
  profile: optional(choice('2026-04', 'workspace')),
  clientId: optional(uuid),
  tenantId: optional(uuid),
  permissions: optional(permissions),
  audience: optional(audience),
  ttlSeconds: optional(ttlSeconds),
  users: optional(list(checkUser, 'users')),
  autoApprove: optional(boolean),
  cibaClientId: optional(uuid),
  cibaClientSecret: optional(text),
  cloudExchange: optional(cloudExchangeMode),
  rateLimit: optional(boolean),
  mockIssuer: optional(boolean),
  clock: optional(clock),
}

/** Checks the options and adds the defaults. Throws a `ConfigError`. */
export function createSettings(options: EmulatorOptions): EmulatorSettings {
  checkOptions<EmulatorOptions>(options, 'the emulator options', emulatorChecks)
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

/** The tenant under the name that the profile gives it in bodies and in claims (contract 7.1). */
export function tenantField({ profile, tenantId }: EmulatorSettings): object {
  return profile === 'workspace' ? { workspace_id: tenantId } : { tenant_id: tenantId }
}

/** The agent's SPIFFE ID (contract 2.3). */
export function agentId({ tenantId, clientId }: EmulatorSettings): string {
  return `spiffe://example.org/tenants/${tenantId}/agents/langchain/${clientId}`
}
