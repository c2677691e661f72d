import { randomBytes, randomUUID } from 'node:crypto'
import type { User } from '../delegation/users.ts'
import type { EmulatorSettings } from '../options.ts'
import { type ApprovalScript, checkApprovalScript } from './approval-script.ts'
import type { Flow } from './devices.ts'
import type { Ping, Pings } from './pings.ts'

export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'consumed'

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

export const EXPIRES_IN_SECONDS = 300

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
  /** Adds scripts for the next requests, one for each. Throws a `ConfigError`. */
  script(...scripts: readonly ApprovalScript[]): void
}

export function createApprovalRequests(settings: EmulatorSettings, pings: Pings): ApprovalRequests {
  const all: ApprovalRequest[] = []
  const scripts: ApprovalScript[] = []

  function hasEnded({ createdAt }: ApprovalRequest): boolean {
    return createdAt + EXPIRES_IN_SECONDS * 1000 <= settings.clock.now()
  }

  /** Tells the client when its request has ended. */
  function setStatus(request: ApprovalRequest, status: ApprovalStatus): void {
    request.status = status
    if (status !== 'pending') request.ping?.send()
  }

  /** A client that waits for a ping does not poll, so nothing else notices the expiry. */
  function watchExpiry(request: ApprovalRequest): void {
    const expire = (): void => {
      if (request.status === 'pending') setStatus(request, 'expired')
    }
    settings.clock.setTimeout(expire, EXPIRES_IN_SECONDS * 1000, { keepAlive: false })
  }

  function statusOf(request: ApprovalRequest): ApprovalStatus {
    const isOpen = request.status === 'pending' || request.status === 'approved'
    if (isOpen && hasEnded(request)) setStatus(request, 'expired')
    return request.status
  }

  function answeredStatus(request: ApprovalRequest): ApprovalStatus {
    return hasEnded(request) ? 'expired' : statusOf(request)
  }

  return {
    all,
    statusOf,
    answeredStatus,
    create(request, notificationToken) {
      const { approvals } = settings
      const script = scripts.shift() ?? (approvals === 'manual' ? undefined : approvals)
      const authReqId = newAuthReqId()
      const created: ApprovalRequest = {
        ...{ ...request, authReqId },
        id: randomUUID(),
        createdAt: settings.clock.now(),
        script,
        intervalSeconds: settings.pollIntervalSeconds,
        status: 'pending',
        polls: 0,
        ping: pings.create(authReqId, notificationToken),
      }
      all.push(created)
      setStatus(created, firstDecision(script))
      if (created.ping) watchExpiry(created)
      return created
    },
    find: (flow, authReqId) =>
      all.find((request) => request.flow === flow && request.authReqId === authReqId),
    decide: setStatus,
    poll(request, reuse = false) {
      request.polls += 1
      if (statusOf(request) === 'pending') setStatus(request, scriptedDecision(request))
      const status = answeredStatus(request)
      if (status === 'approved') setStatus(request, 'consumed')
      if (status === 'consumed' && reuse) return 'approved'
      const isSlowDown = request.script === 'slow_down' && request.polls === 1
      return isSlowDown && status === 'pending' ? 'slow_down' : status
    },
    script(...next) {
      for (const [index, script] of next.entries()) checkApprovalScript(script, `scripts[${index}]`)
      scripts.push(...next)
    },
  }
}

type Decision = 'pending' | 'approved' | 'denied'

/** 44 characters, with the padding that base64url usually omits (contract 3.2). */
function newAuthReqId(): string {
  return randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

function firstDecision(script: ApprovalScript | undefined): Decision {
  if (script === 'approve' || script === 'consume_then_drop') return 'approved'
  return script === 'deny' ? 'denied' : 'pending'
}

function scriptedDecision({ script, polls }: ApprovalRequest): Decision {
  if (typeof script !== 'object') return 'pending'
  if ('approveAfterPolls' in script)
    return polls > script.approveAfterPolls ? 'approved' : 'pending'
  return polls > script.denyAfterPolls ? 'denied' : 'pending'
}
