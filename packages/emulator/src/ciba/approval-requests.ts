import type { Context } from 'hono'
import type { User } from '../delegation/users.ts'
import type { EmulatorSettings } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import type { ApprovalScript } from './approval-script.ts'
import { type ApprovalScripts, decisionAfterPolls, firstDecision } from './approval-scripts.ts'
import {
  type ApprovalStatus,
  type ApprovalSummary,
  type DecidableRequest,
  expiryOf,
  hasEnded,
  newRequestId,
} from './decidable-request.ts'
import type { Flow } from './devices.ts'
import type { Ping, Pings } from './pings.ts'

export interface ApprovalRequest {
  readonly id: string
  readonly authReqId: string
  /** The two flows keep their requests in different tables. */
  readonly flow: Flow
  readonly user: User
  /** The client that made the request, if it sent its ID. */
  readonly clientId: string | undefined
  /** The device that got the push message. */
  readonly deviceId: string
  readonly bindingMessage: string
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly script: ApprovalScript | undefined
  /** What the client must leave between two polls. */
  readonly intervalSeconds: number
  /** The stored status. Read it through `statusOf`, which notices the expiry. */
  status: ApprovalStatus
  polls: number
  /** Absent when the client polls only. */
  readonly ping: Ping | undefined
}

type NewApprovalRequest = Pick<
  ApprovalRequest,
  'flow' | 'user' | 'clientId' | 'deviceId' | 'bindingMessage' | 'scopes'
>

export interface ApprovalRequests {
  /** `notificationToken` is empty when the client wants no ping. */
  create(request: NewApprovalRequest, notificationToken: string): ApprovalRequest
  find(flow: ApprovalRequest['flow'], authReqId: string): ApprovalRequest | undefined
  /** The status, of which `denied`, `expired` and `consumed` are final. */
  statusOf(request: ApprovalRequest): ApprovalStatus
  /** The status in the server's answers, which tests the expiry before anything else (contract 3.6). */
  answeredStatus(request: ApprovalRequest): ApprovalStatus
  /** Stores the decision about a pending request. */
  decide(request: ApprovalRequest, decision: 'approved' | 'denied'): void
  /** The result of one poll. It uses an approval up. With `reuse`, a used one counts as approved. */
  poll(request: ApprovalRequest, reuse?: boolean): ApprovalStatus | 'slow_down'
  /** Oldest first. */
  readonly all: readonly ApprovalRequest[]
}

export interface ApprovalRequestParts {
  readonly settings: EmulatorSettings
  readonly scripts: ApprovalScripts
  readonly pings: Pings
  readonly decidable: DecidableRequest[]
}

export function createApprovalRequests(parts: ApprovalRequestParts): ApprovalRequests {
  const { clock } = parts.settings
  const all: ApprovalRequest[] = []

  /** Tells the client when its request has ended. */
  function setStatus(request: ApprovalRequest, status: ApprovalStatus): void {
    request.status = status
    if (status !== 'pending') request.ping?.send()
  }

  function statusOf(request: ApprovalRequest): ApprovalStatus {
    const isOpen = request.status === 'pending' || request.status === 'approved'
    if (isOpen && hasEnded(request, clock)) setStatus(request, 'expired')
    return request.status
  }

  function answeredStatus(request: ApprovalRequest): ApprovalStatus {
    return hasEnded(request, clock) ? 'expired' : statusOf(request)
  }

  return {
    all,
    statusOf,
    answeredStatus,
    create(request, notificationToken) {
      const created = newRequest(request, notificationToken, parts)
      all.push(created)
      parts.decidable.push({
        summary: () => summaryOf(created, statusOf(created)),
        decide: (decision) => setStatus(created, decision),
      })
      // A client that waits for a ping does not poll, so nothing else notices the expiry.
      created.ping?.watch(() => {
        if (created.status === 'pending') setStatus(created, 'expired')
      })
      setStatus(created, firstDecision(created.script))
      return created
    },
    find: (flow, authReqId) =>
      all.find((request) => request.flow === flow && request.authReqId === authReqId),
    decide: setStatus,
    poll(request, reuse = false) {
      request.polls += 1
      if (statusOf(request) === 'pending') {
        setStatus(request, decisionAfterPolls(request.script, request.polls))
      }
      const status = answeredStatus(request)
      if (status === 'approved') setStatus(request, 'consumed')
      if (status === 'consumed' && reuse) return 'approved'
      const isSlowDown = request.script === 'slow_down' && request.polls === 1
      return isSlowDown && status === 'pending' ? 'slow_down' : status
    },
  }
}

/** Tells the log of requests which request for approval this one is about. */
export function noteRequest(c: Context<HonoEnv>, request: ApprovalRequest): void {
  Object.assign(c.env.facts, {
    ...(request.clientId && { clientId: request.clientId }),
    bindingMessage: request.bindingMessage,
  })
}

function newRequest(
  request: NewApprovalRequest,
  notificationToken: string,
  { settings, scripts, pings }: ApprovalRequestParts,
): ApprovalRequest {
  const authReqId = newRequestId()
  return {
    ...{ ...request, authReqId },
    id: crypto.randomUUID(),
    createdAt: settings.clock.now(),
    script: scripts.next(),
    intervalSeconds: settings.pollIntervalSeconds,
    status: 'pending',
    polls: 0,
    ping: pings.create(authReqId, notificationToken),
  }
}

function summaryOf(request: ApprovalRequest, status: ApprovalStatus): ApprovalSummary {
  return {
    channel: 'ciba',
    authReqId: request.authReqId,
    user: request.user.email,
    bindingMessage: request.bindingMessage,
    status,
    createdAt: request.createdAt,
    expiresAt: expiryOf(request),
    ...(request.ping && { ping: request.ping.status }),
  }
}
