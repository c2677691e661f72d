import { type ApprovalMode, approvalMode } from './ciba/approval-script.ts'
import { type CloudExchangeMode, cloudExchangeMode } from './cloud/cloud-exchange.ts'
import { checkAgent, DEFAULT_AGENT_TYPE, type EmulatorAgent } from './delegation/agent-options.ts'
import {
  audience,
  listOfAudience,
  permissions,
  ttlSeconds,
} from './delegation/delegation-options.ts'
import { checkPolicy, type EmulatorPolicy } from './delegation/delegation-policies.ts'
import { checkUser, DEFAULT_USERS, type EmulatorUser } from './delegation/users.ts'
import { type Clock, systemClock } from './support/clock.ts'
import { randomText } from './support/encoded-text.ts'
import { checkOptions, type OptionChecks } from './support/option-checks.ts'
import {
  boolean,
  choice,
  clock,
  list,
  localUrl,
  optional,
  text,
  uuid,
  wholeNumber,
} from './support/option-values.ts'
import { checkForwardTarget, type ForwardTarget } from './vault/forward-target.ts'
import { checkVaultRoute, type VaultRoute } from './vault/vault-route.ts'

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
  /** Audience of the first delegation, one name or a list. Default: authsec-api. */
  audience?: string | readonly string[]
  /** Lifetime of delegations in whole seconds, from 1 to 315 360 000 (ten years). Default: 3 600. */
  ttlSeconds?: number
  /** Further agents, of this tenant or of others. Default: none. */
  agents?: readonly EmulatorAgent[]
  /** What administrators may delegate over HTTP (contract 5). Default: everything, to agents of the type `langchain`. */
  policies?: readonly EmulatorPolicy[]
  /** The users who can approve: email addresses, or users with more properties. Default: approver@example.com, and nodevice@example.com without a device. */
  users?: readonly (EmulatorUser | string)[]
  /**
   * Who answers approval requests: `'approve'` and `'deny'` answer each one at once, `'manual'` leaves them to
   * `control` or to the device's routes. Default: `'manual'`.
   */
  approvals?: ApprovalMode
  /**
   * The interval in whole seconds that clients must leave between two polls, from 1 to 300. Default: 5, as on
   * the server (contract 3.6), or 1 when nobody has to be waited for.
   */
  pollIntervalSeconds?: number
  /** The client that requests approvals in the tenant flow, a UUID in lower case. Default: a random UUID. */
  cibaClientId?: string
  /**
   * Where clients get pings, which no public server sends (contract 3.10): the URL of an endpoint on this
   * computer. A request for approval with a `client_notification_token` gets one when it is approved, denied or
   * expired. Default: none, and the token is ignored.
   */
  notificationUrl?: string
  /** The secret of that client, which only the workspace profile checks. Default: random. */
  cibaClientSecret?: string
  /** How the exchange for cloud credentials responds (contract 4). Default: `'today'`. */
  cloudExchange?: CloudExchangeMode
  /** Whether the emulator enforces the server's limits, 100 requests a minute among them. Default: true. */
  rateLimit?: boolean
  /** The audience that the vault requires of a token. Default: authsec-api. */
  vaultAudience?: string
  /** Further operations of the vault, before its own ones. Default: none. */
  routes?: readonly VaultRoute[]
  /**
   * What answers instead of the operations of the vault, once the token is verified: the URL of an API on this
   * computer, or a fetch handler such as that of a Hono app. Default: the demo data.
   */
  forward?: ForwardTarget
  /** Whether the demo data comes in the form of the official Python demonstrations, `{ status, data }`. Default: false. */
  vaultEnvelope?: boolean
  /** Whether tokens carry an issuer under `.invalid`, which no real verifier accepts. Default: false. */
  mockIssuer?: boolean
  /** The source of time and timers, which a test can replace. Default: the system's clock. */
  clock?: Clock
}

/** The options with their defaults. A single audience is a list of one. */
export type EmulatorSettings = Readonly<
  Required<Omit<EmulatorOptions, 'audience' | 'forward' | 'notificationUrl'>> & {
    audience: readonly string[]
    forward: ForwardTarget | undefined
    notificationUrl: string | undefined
  }
>

export const emulatorChecks: OptionChecks<EmulatorOptions> = {
  profile: optional(choice('2026-04', 'workspace')),
  clientId: optional(uuid),
  tenantId: optional(uuid),
  permissions: optional(permissions),
  audience: optional(audience),
  ttlSeconds: optional(ttlSeconds),
  agents: optional(list(checkAgent, 'agents')),
  policies: optional(list(checkPolicy, 'policies')),
  users: optional(list(checkUser, 'users')),
  approvals: optional(approvalMode),
  pollIntervalSeconds: optional(wholeNumber(1, 300, 'seconds')),
  cibaClientId: optional(uuid),
  notificationUrl: optional(localUrl),
  cibaClientSecret: optional(text),
  cloudExchange: optional(cloudExchangeMode),
  rateLimit: optional(boolean),
  vaultAudience: optional(text),
  routes: optional(list(checkVaultRoute, 'routes')),
  forward: optional(checkForwardTarget),
  vaultEnvelope: optional(boolean),
  mockIssuer: optional(boolean),
  clock: optional(clock),
}

/** Checks the options and adds the defaults. Throws a `ConfigError`. */
export function createSettings(options: EmulatorOptions): EmulatorSettings {
  checkOptions<EmulatorOptions>(options, 'the emulator options', emulatorChecks)
  const { approvals = 'manual' } = options
  return Object.freeze({
    profile: options.profile ?? '2026-04',
    clientId: options.clientId ?? crypto.randomUUID(),
    tenantId: options.tenantId ?? crypto.randomUUID(),
    permissions: options.permissions ?? ['metrics:read', 'records:read'],
    audience: listOfAudience(options.audience ?? 'authsec-api'),
    ttlSeconds: options.ttlSeconds ?? 3_600,
    agents: options.agents ?? [],
    policies: options.policies ?? [{ agentType: DEFAULT_AGENT_TYPE }],
    users: options.users ?? DEFAULT_USERS,
    approvals,
    pollIntervalSeconds: options.pollIntervalSeconds ?? (approvals === 'manual' ? 5 : 1),
    cibaClientId: options.cibaClientId ?? crypto.randomUUID(),
    notificationUrl: options.notificationUrl,
    cibaClientSecret: options.cibaClientSecret ?? randomText(24, 'base64url'),
    cloudExchange: options.cloudExchange ?? 'today',
    rateLimit: options.rateLimit ?? true,
    vaultAudience: options.vaultAudience ?? 'authsec-api',
    routes: options.routes ?? [],
    forward: options.forward,
    vaultEnvelope: options.vaultEnvelope ?? false,
    mockIssuer: options.mockIssuer ?? false,
    clock: options.clock ?? systemClock,
  })
}

/** `iss` of the tokens: the tenant (contract 2.3), or a name that cannot exist. */
export function issuerOf({ mockIssuer }: EmulatorSettings, tenantId: string): string {
  return mockIssuer ? `spiffe://${tenantId}.mock.authsec.invalid` : `spiffe://${tenantId}`
}

/** The tenant under the name that the profile gives it in bodies and in claims (contract 7.1). */
export function tenantField({ profile }: EmulatorSettings, tenantId: string): object {
  return profile === 'workspace' ? { workspace_id: tenantId } : { tenant_id: tenantId }
}
