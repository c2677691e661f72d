import type { Clock } from '../support/clock.ts'
import { randomText } from '../support/encoded-text.ts'

/** What requests for approval (contract 3) and actions of agents (contract 6) have in common. */

export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'consumed'

export type ActionStatus = 'pending' | 'approved' | 'auto_approved' | 'denied' | 'expired'

/** The ping of a request: not sent or under way, accepted by the client, or given up. */
export type PingStatus = 'waiting' | 'delivered' | 'failed'

/** A request for approval, or an action that an agent asked about, with what its approver sees of it. */
export interface ApprovalSummary {
  /** CIBA, or the agent action guard. */
  readonly channel: 'ciba' | 'action-guard'
  /** The `auth_req_id`. Of an action, its `action_req_id`. */
  readonly authReqId: string
  /** The approver's e-mail address. */
  readonly user: string
  /** Empty when the client sent none. Of an action, the message on the device. */
  readonly bindingMessage: string
  readonly status: ApprovalStatus | ActionStatus
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** When a pending request expires, in milliseconds since 1970. */
  readonly expiresAt: number
  /** Whether the client got its ping. Absent when it asked for none. */
  readonly ping?: PingStatus
  /** From 0 to 100. Absent unless it is an action. */
  readonly riskScore?: number
}

export interface DecidableRequest {
  summary(): ApprovalSummary
  /** Stores one person's decision about a pending request, or that nobody decided in time. */
  decide(decision: 'approved' | 'denied' | 'expired'): void
}

export const EXPIRES_IN_SECONDS = 300

export function expiryOf({ createdAt }: { readonly createdAt: number }): number {
  return createdAt + EXPIRES_IN_SECONDS * 1000
}

export function hasEnded({ createdAt }: { readonly createdAt: number }, clock: Clock): boolean {
  return expiryOf({ createdAt }) <= clock.now()
}

/** 44 characters, with the padding that base64url usually omits (contract 3.2). */
export function newRequestId(): string {
  return randomText(32, 'base64').replaceAll('+', '-').replaceAll('/', '_')
}
