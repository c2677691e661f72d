import { ConfigError } from '../errors.ts'
import { optional, text } from '../support/option-values.ts'
import type { DecidableRequest } from './decidable-request.ts'

/** Decides a request as its approver would. Throws a `ConfigError` when there is nothing to decide. */
export function decideRequest(
  requests: readonly DecidableRequest[],
  authReqId: string | undefined,
  decision: 'approved' | 'denied' | 'expired',
): void {
  optional(text)(authReqId, 'authReqId')
  const request = authReqId === undefined ? newestPending(requests) : existing(requests, authReqId)
  const { status } = request.summary()
  if (status !== 'pending') throw undecidable(`This approval request is ${status}, not pending.`)
  request.decide(decision)
}

function newestPending(requests: readonly DecidableRequest[]): DecidableRequest {
  const pending = requests.findLast((request) => request.summary().status === 'pending')
  if (!pending) throw undecidable('No approval request is pending.')
  return pending
}

function existing(requests: readonly DecidableRequest[], authReqId: string): DecidableRequest {
  const request = requests.find((one) => one.summary().authReqId === authReqId)
  if (!request) throw undecidable('There is no approval request with this auth_req_id.')
  return request
}

function undecidable(message: string): ConfigError {
  const hint = 'Look in the list of approvals for the pending requests and their IDs.'
  return new ConfigError({ code: 'config_invalid', message, hint })
}
