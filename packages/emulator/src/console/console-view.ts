import type { ApprovalSummary } from '../ciba/decidable-request.ts'
import type { EmulatorControl } from '../control.ts'
import type { AgentSummary } from '../delegation/agent-summary.ts'
import type { PendingFault } from '../faults/fault-queue.ts'
import type { RecordedRequest } from '../server/request-log.ts'
import type { Clock } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { createShowText, type ShowText } from './shown-text.ts'

/** What the console knows of the emulator: what a test has too, and its clock. */
export interface ConsoleSource {
  readonly control: EmulatorControl
  readonly requests: readonly RecordedRequest[]
  readonly cibaClientId: string
  readonly clock: Clock
}

/** An entry under a number of the console's own, because its ID is a secret. */
export interface Numbered<T> {
  readonly number: number
  readonly entry: T
}

/** The emulator as the page shows it at one moment. */
export interface ConsoleView {
  readonly agents: readonly Numbered<AgentSummary & { readonly fingerprint: string }>[]
  /** The newest first. */
  readonly pending: readonly Numbered<ApprovalSummary>[]
  /** The last that are no longer pending, the newest first. */
  readonly decided: readonly Numbered<ApprovalSummary>[]
  readonly faults: readonly PendingFault[]
  readonly show: ShowText
}

const MAX_PENDING = 50
const MAX_DECIDED = 10

export function viewOf({ control, cibaClientId }: ConsoleSource): ConsoleView {
  const agents = control.agents()
  const approvals = numbered(control.approvals()).toReversed()
  const isPending = ({ entry }: Numbered<ApprovalSummary>): boolean => entry.status === 'pending'
  return {
    agents: numbered(
      agents.map((agent) => ({ ...agent, fingerprint: fingerprint('cid', agent.clientId) })),
    ),
    pending: approvals.filter(isPending).slice(0, MAX_PENDING),
    decided: approvals.filter((one) => !isPending(one)).slice(0, MAX_DECIDED),
    faults: control.faults(),
    show: createShowText([...agents.map(({ clientId }) => clientId), cibaClientId]),
  }
}

/** The emulator removes neither agents nor approvals, so a number stays with its entry. */
function numbered<T>(entries: readonly T[]): Numbered<T>[] {
  return entries.map((entry, index) => ({ number: index + 1, entry }))
}

/** The entry that a form names, or `undefined`. */
export function entryOf<T>(entries: readonly T[], number: string | undefined): T | undefined {
  return /^[1-9]\d{0,8}$/.test(number ?? '') ? entries[Number(number) - 1] : undefined
}
