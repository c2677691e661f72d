import type { AgentDirectory } from '../delegation/agents.ts'
import type { Sessions } from '../delegation/sessions.ts'
import type { UserDirectory } from '../delegation/users.ts'
import type { EmulatorSettings } from '../options.ts'
import type { ApprovalRequests } from './approval-requests.ts'
import type { Devices, Flow } from './devices.ts'

/** What the routes of both flows share. */
export interface CibaParts {
  readonly settings: EmulatorSettings
  readonly users: UserDirectory
  readonly agents: AgentDirectory
  readonly approvals: ApprovalRequests
  readonly sessions: Sessions
  readonly devices: Readonly<Record<Flow, Devices>>
}
