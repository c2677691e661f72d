import type { ApprovalDetails, CallTarget, QuestionDetails } from '../events.ts'
import { newCallId } from '../identity/call-id.ts'
import { callIdentity } from '../identity/call-identity.ts'
import type { PendingApproval } from '../pending.ts'
import type { QuestionSubject } from './pending-question.ts'

/** What events say about a question. Another process knows the call behind a sealed one, this one its names only. */
export function questionDetails(
  { code, approver }: Pick<PendingApproval, 'code' | 'approver'>,
  {
    callId = newCallId(),
    call,
    ...names
  }: QuestionSubject & { call?: CallTarget | undefined } = {},
): QuestionDetails {
  return { ...callIdentity(callId, names), ...(call && targetOf(call)), code, approver }
}

function targetOf({ resource, method, route, permission }: CallTarget): CallTarget {
  return { resource, method, route, permission }
}

/** What the events of a call say about its approval. */
export function approvalDetails(
  {
    code,
    approver,
    askedAt,
  }: Pick<PendingApproval, 'code' | 'approver'> & { askedAt?: string | undefined },
  decidedAt: Date,
): ApprovalDetails {
  const waitedMs = askedAt === undefined ? 0 : decidedAt.getTime() - Date.parse(askedAt)
  return Object.freeze({ code, approver, decidedAt, waitedMs: Math.max(0, waitedMs) })
}
