import { type ActionRequests, createActionRequests } from './actions/action-requests.ts'
import { type ApprovalRequests, createApprovalRequests } from './ciba/approval-requests.ts'
import { createApprovalScripts } from './ciba/approval-scripts.ts'
import type { DecidableRequest } from './ciba/decidable-request.ts'
import { createDevices } from './ciba/devices.ts'
import { createPings, type Pings } from './ciba/pings.ts'
import type { ControlledParts } from './control.ts'
import { createAgentDirectory } from './delegation/agents.ts'
import { createIssuedTokens } from './delegation/delegation.ts'
import { createPolicyRecords, type PolicyRecords } from './delegation/delegation-policies.ts'
import { createSessions } from './delegation/sessions.ts'
import { createSigningKey, createTenantKeys, type SigningKey } from './delegation/signing-keys.ts'
import { createUserDirectory } from './delegation/users.ts'
import { createFaultQueue } from './faults/fault-queue.ts'
import { createSettings, type EmulatorOptions } from './options.ts'

export interface EmulatorParts extends ControlledParts {
  readonly wellKnownKey: SigningKey
  readonly approvals: ApprovalRequests
  readonly actions: ActionRequests
  readonly pings: Pings
  readonly policies: PolicyRecords
}

/** All parts with state. The routes and the control share them. */
export function createParts(options: EmulatorOptions): EmulatorParts {
  const settings = createSettings(options)
  const secrets: string[] = [settings.cibaClientSecret]
  const keys = createTenantKeys()
  const issued = createIssuedTokens(secrets)
  const users = createUserDirectory(settings)
  const pings = createPings(settings, secrets)
  const scripts = createApprovalScripts(settings)
  const decidable: DecidableRequest[] = []
  const fixedRisk = { score: undefined }
  const now = settings.clock.now()
  return {
    ...{ settings, secrets, keys, issued, users, pings },
    agents: createAgentDirectory(settings, keys, issued),
    policies: createPolicyRecords(settings),
    wellKnownKey: createSigningKey('authsec-spiffe-key-1'),
    spireKey: createSigningKey(crypto.randomUUID()),
    sessions: createSessions(settings, secrets),
    devices: {
      admin: createDevices('admin', users.all, now),
      tenant: createDevices('tenant', users.all, now),
    },
    ...{ decidable, scripts, fixedRisk },
    approvals: createApprovalRequests({ settings, scripts, pings, decidable }),
    actions: createActionRequests({ settings, scripts, decidable, fixedRisk }),
    exchange: { mode: settings.cloudExchange },
    faults: createFaultQueue(),
  }
}
