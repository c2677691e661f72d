import { decideRequest } from './ciba/approval-control.ts'
import type { ApprovalScript } from './ciba/approval-script.ts'
import type { ApprovalScripts } from './ciba/approval-scripts.ts'
import { DEFAULT_SCOPES } from './ciba/ciba-answers.ts'
import type { ApprovalSummary, DecidableRequest } from './ciba/decidable-request.ts'
import type { Devices, Flow } from './ciba/devices.ts'
import { type CloudExchangeMode, cloudExchangeMode } from './cloud/cloud-exchange.ts'
import { type AgentSummary, summaryOfAgent } from './delegation/agent-summary.ts'
import type { Agent, AgentDirectory } from './delegation/agents.ts'
import type { IssuedTokens } from './delegation/delegation.ts'
import type { DelegateOptions } from './delegation/delegation-options.ts'
import { DAY_SECONDS, type Sessions } from './delegation/sessions.ts'
import type { SigningKey, TenantKeys } from './delegation/signing-keys.ts'
import type { UserDirectory } from './delegation/users.ts'
import { ConfigError } from './errors.ts'
import type { Fault, FaultOptions } from './faults/fault.ts'
import type { FaultQueue, PendingFault } from './faults/fault-queue.ts'
import type { EmulatorSettings } from './options.ts'
import { email, optional, uuid, wholeNumber } from './support/option-values.ts'

/**
 * Controls a running emulator from a test or a console: what an administrator, an approver or a broken
 * network does to an agent. A call with a mistake in it throws a `ConfigError` and changes nothing.
 */
export interface EmulatorControl {
  /**
   * Makes a new delegation, so that the token endpoint returns a new token (contract 5). What `options`
   * omits comes from the options of the emulator. Here and below, `clientId` names an agent of the option
   * `agents`. Default: the agent of the option `clientId`.
   */
  delegate(options?: DelegateOptions, clientId?: string): void
  /**
   * Revokes the delegation: the token endpoint returns 404. An issued token stays valid until it expires,
   * as on the server (contract 5).
   */
  revoke(clientId?: string): void
  /** Ends the delegation now: the vault rejects its token, and the token endpoint returns 410 once, then 404. */
  expire(clientId?: string): void
  /** Returns all agents with their delegations, the agent of the option `clientId` first. */
  agents(): readonly AgentSummary[]
  /**
   * Replaces the signing key of a tenant, by default the emulator's own. Tokens that were issued before no
   * longer verify.
   */
  rotateKey(tenantId?: string): Promise<void>
  /** Returns a new session token of an administrator of that tenant, for the calls of contract 5. */
  adminToken(tenantId?: string): Promise<string>
  /**
   * Makes the next request, or the next `times` requests to `path`, fail. Each request takes the oldest
   * fault that matches it.
   */
  failNext(fault: Fault, options?: FaultOptions): void
  /** Returns the faults that no request has used up, oldest first. */
  faults(): readonly PendingFault[]
  /** Removes the faults that no request has used up. */
  clearFaults(): void
  /**
   * Returns a new session token of a user, by default of the first one. With it a user's device answers
   * approval requests over HTTP (contract 3.8).
   */
  userToken(email?: string): Promise<string>
  /**
   * Approves an approval request or an action, by default the newest pending one. Throws when there is none.
   * An action above a risk score of 80 needs two approvals, and so two calls (contract 6).
   */
  approve(authReqId?: string): void
  /** Denies an approval request or an action, by default the newest pending one. Throws when there is none. */
  deny(authReqId?: string): void
  /** Lets a pending approval request or action expire now, by default the newest one. Throws when there is none. */
  expireApproval(authReqId?: string): void
  /** Returns all approval requests and actions so far, oldest first. */
  approvals(): readonly ApprovalSummary[]
  /**
   * Sets what the approvers of the next requests and actions do: one script for each that needs a person, in
   * this order.
   */
  scriptApproval(...scripts: readonly ApprovalScript[]): void
  /**
   * Sets what the approvers of all further requests and actions do for which `scriptApproval` set nothing, in
   * place of the option `approvals`. `'manual'` leaves them to `approve`, `deny` and `expireApproval`.
   */
  setApprovals(script: ApprovalScript | 'manual'): void
  /**
   * Sets the risk score of the next actions, from 0 to 100. Without a score, the emulator computes it again
   * from the action and its metadata.
   */
  setRiskScore(score?: number): void
  /** Sets how the exchange for cloud credentials responds from the next request on (contract 4). */
  setCloudExchange(mode: CloudExchangeMode): void
  /**
   * Returns a token that the server's other key set signed. It is the only kind that the exchange of
   * cloud credentials does not reject with 401 in the mode `'today'` (contract 4).
   */
  spireToken(): Promise<string>
  /** All delegation tokens that were signed so far. A test can search its logs for them. */
  readonly issuedTokens: readonly string[]
  /**
   * All secrets that the emulator issued so far: delegation tokens, session and approval tokens, cloud
   * credentials, the secret of the CIBA client and the notification tokens of clients. A test can search its logs for them.
   */
  readonly issuedSecrets: readonly string[]
}

const riskScore = wholeNumber(0, 100)

export interface ControlledParts {
  readonly settings: EmulatorSettings
  readonly agents: AgentDirectory
  readonly issued: IssuedTokens
  readonly keys: TenantKeys
  readonly spireKey: SigningKey
  readonly faults: FaultQueue
  readonly scripts: ApprovalScripts
  readonly decidable: readonly DecidableRequest[]
  readonly fixedRisk: { score: number | undefined }
  readonly exchange: { mode: CloudExchangeMode }
  readonly sessions: Sessions
  readonly users: UserDirectory
  readonly devices: Readonly<Record<Flow, Devices>>
  readonly secrets: string[]
}

export function createControl(parts: ControlledParts): EmulatorControl {
  const { settings, faults, decidable, sessions } = parts
  return {
    delegate: (options, clientId) => void agentOf(parts, clientId).store.delegate(options),
    revoke: (clientId) => void agentOf(parts, clientId).store.revoke(),
    expire: (clientId) => agentOf(parts, clientId).store.expire(),
    rotateKey: (tenantId = settings.tenantId) => {
      uuid(tenantId, 'tenantId')
      return parts.keys.of(tenantId).rotate()
    },
    adminToken: (tenantId = settings.tenantId) => {
      uuid(tenantId, 'tenantId')
      return sessions.ofAdmin(tenantId)
    },
    userToken: (email) => signUserToken(parts, email),
    agents: () => parts.agents.all.map((agent) => summaryOfAgent(agent, settings.clock)),
    failNext: faults.add,
    faults: faults.list,
    clearFaults: faults.clear,
    approve: (authReqId) => decideRequest(decidable, authReqId, 'approved'),
    deny: (authReqId) => decideRequest(decidable, authReqId, 'denied'),
    expireApproval: (authReqId) => decideRequest(decidable, authReqId, 'expired'),
    approvals: () => decidable.map((request) => request.summary()),
    scriptApproval: parts.scripts.add,
    setApprovals: parts.scripts.setDefault,
    setRiskScore(score) {
      optional(riskScore)(score, 'score')
      parts.fixedRisk.score = score
    },
    setCloudExchange(mode) {
      cloudExchangeMode(mode, 'mode')
      parts.exchange.mode = mode
    },
    spireToken: () => signSpireToken(parts),
    issuedTokens: parts.issued.tokens,
    issuedSecrets: parts.secrets,
  }
}

function agentOf({ agents }: ControlledParts, clientId: string | undefined): Agent {
  optional(uuid)(clientId, 'clientId')
  const agent = clientId === undefined ? agents.main : agents.find(clientId)
  if (agent) return agent
  const message = 'The emulator has no agent with this client ID.'
  const hint = 'Omit clientId for the agent of the option clientId, or list the agent in agents.'
  throw new ConfigError({ code: 'config_invalid', message, hint })
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

async function signSpireToken({
  settings,
  agents,
  spireKey,
  secrets,
}: ControlledParts): Promise<string> {
  const iat = Math.floor(settings.clock.now() / 1000)
  const claims = { sub: agents.main.spiffeId, aud: ['authsec-api'], iat, exp: iat + 3_600 }
  const token = await spireKey.sign(claims)
  secrets.push(token)
  return token
}
