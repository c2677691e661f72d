import type { CallApprovals, GatedCall } from './call-approval.ts'
import type { Lazy } from './lazy.ts'

/** Lets a call pass that needs no approval, or that a person approves now; returns whether one did. Throws `ApprovalError` for anything but a yes. */
export type ApprovalGate = (call: GatedCall) => Promise<boolean>

export function createApprovalGate(approvals: Lazy<CallApprovals>): ApprovalGate {
  return async (call) => {
    if (!call.approval) return false
    const { approve } = await approvals()
    await approve(call, call.approval)
    return true
  }
}
