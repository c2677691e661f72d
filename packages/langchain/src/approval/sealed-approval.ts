import type { ApprovalView } from '@authsec/core'
import type { ToolFailure } from '@authsec/core/tool'
import { z } from 'zod'

/**
 * What a checkpoint keeps of a call that somebody was asked about: the sealed question with what may be shown of
 * it, or why nobody could be asked.
 */
export type StoredApproval =
  | { readonly sealed: string; readonly approval: ApprovalView }
  | { readonly failure: ToolFailure }

const isStored = (value: unknown): boolean => {
  const { sealed, failure } = Object(value)
  return typeof sealed === 'string' || (typeof failure === 'object' && failure !== null)
}

export const storedApprovalSchema: z.ZodType<StoredApproval> = z.custom<StoredApproval>(isStored)

/** What a call may do that an approval was asked for. */
export type Decision<Approved> =
  | { readonly status: 'ready'; readonly approved?: Approved | undefined }
  | { readonly status: 'pending'; readonly approval: ApprovalView }
  | { readonly status: 'refused'; readonly failure: ToolFailure }

/** AuthSec gave no answer, so the question stays open: to give up would lose a call that may be approved. */
const NO_ANSWER = ['approval_pending', 'approval_failed', 'approval_outcome_unknown']

/** Whether a failed poll leaves the question open. A sealed question that is too old cannot be opened any more. */
export function isStillOpen({ code }: ToolFailure): boolean {
  return NO_ANSWER.includes(code)
}
