import { AuthSecError } from '@authsec/core'

/** Why a call that requires an approval was not sent. Core has the other reasons. */
export type CallErrorCode =
  | 'approval_rate_limited'
  | 'approval_expired'
  | 'approval_mismatch'
  | 'approval_cancelled'
  | 'approval_timeout'

/** The reason why a call was not sent, as a sentence for the model. */
export function callError(code: CallErrorCode): AuthSecError {
  const [message, hint] = messages[code]
  return new AuthSecError({ code, message, hint, retryable: code === 'approval_rate_limited' })
}

const messages: Readonly<Record<CallErrorCode, readonly [message: string, hint: string]>> = {
  approval_rate_limited: [
    'Too many approvals are open, so nobody was asked and nothing was sent.',
    'Wait until some of them are answered.',
  ],
  approval_expired: [
    'This approval has expired, so nothing was sent.',
    'Call the tool again without requestState to ask for a new approval.',
  ],
  approval_mismatch: [
    'The call differs from the one that the approver was asked about, so nothing was sent.',
    'Repeat the call with the same tool and the same arguments, or ask for a new approval.',
  ],
  approval_cancelled: [
    'The client stopped waiting for the approval, so nothing was sent.',
    'Call the tool again to ask for a new approval.',
  ],
  approval_timeout: [
    'Nobody approved the call in time, so nothing was sent.',
    'Ask again when the approver is available, or raise `timeoutMs` of the approval rule.',
  ],
}
