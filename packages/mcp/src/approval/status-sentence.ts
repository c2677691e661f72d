import { type ApprovalView, AuthSecError } from '@authsec/core'

type Status = ApprovalView['status']

/** Before anybody is asked. */
export const BEFORE_THE_QUESTION = 'A person must approve this call.'

const sentences: Readonly<Record<Status, string>> = {
  pending: 'Waiting for a person to approve this call',
  approved: 'A person approved this call',
  denied: 'A person denied this call',
  expired: 'Nobody approved this call in time',
  cancelled: 'The question about this call was given up',
  failed: 'The answer about this call could not be collected',
}

/** Where an approval stands, with the code that the approver's device shows: `… (K7M2QP): pending.` */
export function statusSentence({ code, status }: Pick<ApprovalView, 'code' | 'status'>): string {
  return `${sentences[status]} (${code}): ${status}.`
}

/** The status after a wait that failed. */
export function statusAfter(error: unknown): Status {
  const code = AuthSecError.isInstance(error) ? error.code : undefined
  if (code === 'approval_denied') return 'denied'
  if (code === 'approval_cancelled') return 'cancelled'
  return code === 'approval_expired' || code === 'approval_timeout' ? 'expired' : 'failed'
}
