import type { ApprovalScript } from '../ciba/approval-script.ts'
import {
  type ApprovalScripts,
  decisionAfterPolls,
  firstDecision,
} from '../ciba/approval-scripts.ts'
import {
  type ActionStatus,
  type ApprovalSummary,
  type DecidableRequest,
  expiryOf,
  hasEnded,
  newRequestId,
} from '../ciba/decidable-request.ts'
import type { EmulatorSettings } from '../options.ts'
import { type Risk, riskOf } from './action-risk.ts'

/** What an agent wants to do. A text is empty when the agent did not send it. */
interface NewAction {
  readonly tenantId: string
  /** The user of the session. This is who is asked. */
  readonly userId: string
  readonly userEmail: string
  /** The device that got the push message, if the user has one. */
  readonly deviceId: string | undefined
  readonly agentId: string
  readonly agentName: string
  readonly agentFramework: string
  readonly sessionId: string
  readonly action: string
  readonly resource: string
  readonly detail: string
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

export interface ActionRequest extends NewAction {
  readonly id: string
  readonly actionReqId: string
  readonly risk: Risk
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly script: ApprovalScript | undefined
  /** The stored status. Read it through `statusOf`, which notices the expiry. */
  status: ActionStatus
  receivedApprovals: number
  polls: number
  /** Milliseconds since 1970. */
  lastPolledAt: number | undefined
}

/** The actions that agents asked about. An approval of one is not used up (contract 6). */
export interface ActionRequests {
  create(action: NewAction): ActionRequest
  find(actionReqId: string): ActionRequest | undefined
  /** The status, of which all but `pending` are final. */
  statusOf(request: ActionRequest): ActionStatus
  poll(request: ActionRequest): ActionStatus | 'slow_down'
  /** One person's response to a pending action. Some actions need two approvals. */
  respond(request: ActionRequest, isApproved: boolean): void
  /** The pending actions of a user, the newest first. */
  pendingOf(userId: string): readonly ActionRequest[]
}

export interface ActionRequestParts {
  readonly settings: EmulatorSettings
  readonly scripts: ApprovalScripts
  readonly decidable: DecidableRequest[]
  /** The score of the next actions, if a test set one. */
  readonly fixedRisk: { score: number | undefined }
}

export function createActionRequests(parts: ActionRequestParts): ActionRequests {
  const { clock } = parts.settings
  const all: ActionRequest[] = []

  function statusOf(request: ActionRequest): ActionStatus {
    if (request.status === 'pending' && hasEnded(request, clock)) request.status = 'expired'
    return request.status
  }

  function respond(request: ActionRequest, isApproved: boolean): void {
    request.receivedApprovals += Number(isApproved)
    if (!isApproved) request.status = 'denied'
    else if (request.receivedApprovals >= request.risk.requiredApprovals)
      request.status = 'approved'
  }

  return {
    statusOf,
    respond,
    create(action) {
      const request = newRequest(action, parts)
      all.push(request)
      parts.decidable.push({
        summary: () => summaryOf(request, statusOf(request)),
        decide(decision) {
          if (decision === 'expired') request.status = 'expired'
          else respond(request, decision === 'approved')
        },
      })
      return request
    },
    find: (actionReqId) => all.find((request) => request.actionReqId === actionReqId),
    poll(request) {
      request.polls += 1
      request.lastPolledAt = clock.now()
      if (statusOf(request) === 'pending') {
        request.status = decisionAfterPolls(request.script, request.polls)
      }
      const isSlowDown = request.script === 'slow_down' && request.polls === 1
      return isSlowDown && request.status === 'pending' ? 'slow_down' : request.status
    },
    pendingOf: (userId) =>
      all
        .filter((request) => request.userId === userId && statusOf(request) === 'pending')
        .toReversed(),
  }
}

/** An action of little risk is approved at once, and uses no script. */
function newRequest(action: NewAction, parts: ActionRequestParts): ActionRequest {
  const risk = riskOf(action, parts.fixedRisk.score)
  const isAutomatic = risk.approvalType === 'auto'
  const script = isAutomatic ? undefined : parts.scripts.next()
  return {
    ...action,
    id: crypto.randomUUID(),
    actionReqId: `act_${newRequestId()}`,
    ...{ risk, script },
    createdAt: parts.settings.clock.now(),
    status: isAutomatic ? 'auto_approved' : firstDecision(script),
    receivedApprovals: 0,
    polls: 0,
    lastPolledAt: undefined,
  }
}

function summaryOf(request: ActionRequest, status: ActionStatus): ApprovalSummary {
  return {
    channel: 'action-guard',
    authReqId: request.actionReqId,
    user: request.userEmail,
    bindingMessage: pushMessage(request),
    status,
    createdAt: request.createdAt,
    expiresAt: expiryOf(request),
    riskScore: request.risk.score,
  }
}

/** What the device shows (contract 6). */
export function pushMessage({ risk, agentName, action, resource, detail }: ActionRequest): string {
  const start = `[${risk.level}] ${agentName}`
  return detail === '' ? `${start} wants to ${action} on ${resource}` : `${start}: ${detail}`
}
