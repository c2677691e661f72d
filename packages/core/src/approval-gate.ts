import type { CallApprovals, GatedCall } from './call-approval.ts'
import type { ClientConfig } from './config.ts'
import { ApprovalError } from './errors.ts'
import type { OnEvent } from './events.ts'
import { type Lazy, lazy, notLoaded } from './lazy.ts'
import type { Transport } from './transport.ts'

/** The approvals of one client, loaded at its first question: who is asked and how often is counted in one place. */
export function createLazyApprovals(
  config: ClientConfig,
  transport: Transport,
  emit: OnEvent,
): Lazy<CallApprovals> {
  return lazy(
    async () => (await import('./call-approval.ts')).createCallApprovals(config, transport, emit),
    (cause) => new ApprovalError({ code: 'approval_failed', ...notLoaded, cause }),
  )
}

/** Lets a call pass that needs no approval, or that a person approves now; returns whether one did. Throws `ApprovalError` for anything but a yes. */
export async function passGate(approvals: Lazy<CallApprovals>, call: GatedCall): Promise<boolean> {
  if (!call.approval) return false
  const { approve } = await approvals()
  await approve(call, call.approval)
  return true
}
