import { ConfigError } from '../errors.ts'
import { optional, text } from '../support/option-values.ts'
import type { ApprovalRequest, ApprovalRequests, ApprovalStatus } from './approval-requests.ts'
import type { PingStatus } from './pings.ts'

/** An approval request, with what its approver sees of it. */
export interface ApprovalSummary {
  readonly authReqId: string
  /** The approver's e-mail address. */
  readonly user: string
  /** Empty when the client sent none. */
  readonly bindingMessage: string
  readonly status: ApprovalStatus
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Whether the client got its ping. Absent when it asked for none. */
  readonly ping?: PingStatus
}

/** Decides a request as its approver would. Throws a `ConfigError` when there is nothing to decide. */
export function decideRequest(
  requests: ApprovalRequests,
  authReqId: string | undefined,
  decision: 'approved' | 'denied',
): void {
  optional(text)(authReqId, 'authReqId')
  const request = authReqId === undefined ? newestPending(requests) : existing(requests, authReqId)
  const status = requests.statusOf(request)
  if (status !== 'pending') throw undecidable(`This approval request is ${status}, not pending.`)
  requests.decide(request, decision)
}

function newestPending({ all, statusOf }: ApprovalRequests): ApprovalRequest {
  const pending = all.findLast((request) => statusOf(request) === 'pending')
  if (!pending) throw undecidable('No approval request is pending.')
  return pending
}

function existing({ all }: ApprovalRequests, authReqId: string): ApprovalRequest {
  const request = all.find((one) => one.authReqId === authReqId)
  if (!request) throw undecidable('There is no approval request with this auth_req_id.')
  return request
}

function undecidable(message: string): ConfigError {
  const hint = 'Look in the list of approvals for the pending requests and their IDs.'
  return new ConfigError({ code: 'config_invalid', message, hint })
}

/** Every approval request so far, oldest first. */
export function summaries({ all, statusOf }: ApprovalRequests): readonly ApprovalSummary[] {
  return all.map((request) => ({
    authReqId: request.authReqId,
    user: request.user.email,
    bindingMessage: request.bindingMessage,
    status: statusOf(request),
    createdAt: request.createdAt,
    ...(request.ping && { ping: request.ping.status }),
  }))
}
