import { type ApprovalSummary, decideRequest, summaries } from './ciba/approval-control.ts'
import type { ApprovalRequests } from './ciba/approval-requests.ts'
import type { ApprovalScript } from './ciba/approval-script.ts'
import { DEFAULT_SCOPES } from './ciba/ciba-answers.ts'
import { type CloudExchangeMode, cloudExchangeMode } from './cloud/cloud-exchange.ts'
import type { DelegationStore } from './delegation/delegation.ts'
import type { DelegateOptions } from './delegation/delegation-options.ts'
import { DAY_SECONDS, type Sessions } from './delegation/sessions.ts'
import type { SigningKey } from './delegation/signing-keys.ts'
import type { UserDirectory } from './delegation/users.ts'
import { ConfigError } from './errors.ts'
import type { Fault, FaultOptions, FaultQueue } from './faults/fault.ts'
import { agentId, type EmulatorSettings } from './options.ts'
import { email, optional } from './support/option-values.ts'

/** Steers the emulator from a test or a console, as an administrator or fate would. */
export interface EmulatorControl {
  /** Delegates anew: the next pull brings a new token. */
  delegate(options?: DelegateOptions): void
  /** The next pull answers 404. The token already issued stays valid until it expires, as on the server. */
  revoke(): void
  /** The delegation runs out now: the vault refuses its token, the next pull answers 410, later ones 404. */
  expire(): void
  /** Loses the tenant's key and makes another: tokens issued before verify nowhere. */
  rotateKey(): Promise<void>
  /** A session token that opens the administrator's calls. */
  adminToken(): Promise<string>
  /** The next request that `options` admit goes wrong. Faults strike in the order in which they were asked for. */
  failNext(fault: Fault, options?: FaultOptions): void
  /** Calls off the faults that have not struck. */
  clearFaults(): void
  /** A session token of a user, by default the first: it answers approval requests, as a phone does. */
  userToken(email?: string): Promise<string>
  /** Says yes to an approval request, by default the newest that is pending. Throws when there is none. */
  approve(authReqId?: string): void
  /** Says no to it. */
  deny(authReqId?: string): void
  /** Every approval request so far, oldest first. */
  approvals(): readonly ApprovalSummary[]
  /** What the approvers of the next requests do: one script a request, in this order. */
  scriptApproval(...scripts: readonly ApprovalScript[]): void
  /** From the next request on, the exchange for cloud credentials answers so. */
  setCloudExchange(mode: CloudExchangeMode): void
  /** A token of the server's other key set: the only kind that gets past the 401 of today's exchange. */
  spireToken(): Promise<string>
  /** Every delegation token signed so far, to search for leaks. */
  readonly issuedTokens: readonly string[]
  /**
   * Everything secret that was handed out so far and must turn up nowhere else: delegation tokens,
   * sessions and approval tokens, cloud credentials, the secret of the CIBA client.
   */
  readonly issuedSecrets: readonly string[]
}

export interface ControlledParts {
  readonly settings: EmulatorSettings
  readonly store: DelegationStore
  readonly tenantKey: SigningKey
  readonly spireKey: SigningKey
  readonly faults: FaultQueue
  readonly approvals: ApprovalRequests
  readonly exchange: { mode: CloudExchangeMode }
  readonly sessions: Sessions
  readonly users: UserDirectory
  readonly secrets: string[]
}

export function createControl(parts: ControlledParts): EmulatorControl {
  const { store, faults, approvals, sessions } = parts
  return {
    delegate: (delegation) => void store.delegate(delegation),
    revoke: () => void store.revoke(),
    expire: store.expire,
    rotateKey: parts.tenantKey.rotate,
    adminToken: sessions.ofAdmin,
    userToken: (email) => signUserToken(parts, email),
    failNext: faults.add,
    clearFaults: faults.clear,
    approve: (authReqId) => decideRequest(approvals, authReqId, 'approved'),
    deny: (authReqId) => decideRequest(approvals, authReqId, 'denied'),
    approvals: () => summaries(approvals),
    scriptApproval: approvals.script,
    setCloudExchange(mode) {
      cloudExchangeMode(mode, 'mode')
      parts.exchange.mode = mode
    },
    spireToken: () => signSpireToken(parts),
    issuedTokens: store.issued,
    issuedSecrets: parts.secrets,
  }
}

async function signUserToken(
  { users, sessions }: ControlledParts,
  address: string | undefined,
): Promise<string> {
  optional(email)(address, 'email')
  const user = address === undefined ? users.all[0] : users.find(address)
  if (!user) {
    const message = 'The emulator has no such user.'
    const hint = 'Pass the email of a user in the option users, or add the user there.'
    throw new ConfigError({ code: 'config_invalid', message, hint })
  }
  return sessions.ofUser(user, user.clientId, DEFAULT_SCOPES, DAY_SECONDS)
}

async function signSpireToken({ settings, spireKey, secrets }: ControlledParts): Promise<string> {
  const iat = Math.floor(settings.clock.now() / 1000)
  const claims = { sub: agentId(settings), aud: ['authsec-api'], iat, exp: iat + 3_600 }
  const token = await spireKey.sign(claims)
  secrets.push(token)
  return token
}
