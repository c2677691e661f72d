import type { ApprovalView } from '@authsec/core'
import { approvalNotice } from '../run/approval-notice.ts'

/**
 * Pauses the run. Its resume values are only consumed: each runs the step from the top, where the answer is
 * collected, and all earlier values are there again.
 */
export function pause(
  interrupt: ((value: unknown) => unknown) | undefined,
  approval: ApprovalView,
  toolCallId: string | undefined,
): never {
  if (!interrupt) throw new TypeError('This step of LangGraph cannot be interrupted.')
  for (;;) interrupt(approvalNotice(approval, toolCallId))
}
