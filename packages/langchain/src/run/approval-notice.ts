import type { ApprovalView } from '@authsec/core'
import { dispatchCustomEvent } from '@langchain/core/callbacks/dispatch'
import { fieldOf } from './fields.ts'

/** How an approval that somebody waits for appears in streams, events and interrupts. It decides nothing. */
export interface ApprovalNotice {
  readonly type: 'authsec.approval'
  /** The call that waits; absent outside an agent. */
  readonly toolCallId?: string | undefined
  readonly approval: ApprovalView
}

const APPROVAL_EVENT = 'authsec.approval'

export function approvalNotice(
  approval: ApprovalView,
  toolCallId: string | undefined,
): ApprovalNotice {
  return { type: APPROVAL_EVENT, ...(toolCallId !== undefined && { toolCallId }), approval }
}

/**
 * Shows where a question stands: in the stream mode `custom` of LangGraph, and as the custom event
 * `authsec.approval` of LangChain's callbacks. Whoever listens to neither notices nothing.
 */
export function noticesTo(
  config: object | undefined,
  toolCallId: string | undefined,
): (approval: ApprovalView) => void {
  return (approval) => {
    const notice = approvalNotice(approval, toolCallId)
    // A handler that fails, or a run that has ended, must not change the call.
    dispatchCustomEvent(APPROVAL_EVENT, notice, config).catch(() => undefined)
    const writer = fieldOf(config, 'writer')
    if (typeof writer === 'function') writer(notice)
  }
}
