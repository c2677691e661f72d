import { type ActionStatus, EXPIRES_IN_SECONDS } from '../ciba/decidable-request.ts'
import { type EmulatorSettings, tenantField } from '../options.ts'
import type { ActionRequest } from './action-requests.ts'

/** The response to an agent that asked about an action. It comes before any person decides. */
export function evaluation(request: ActionRequest, settings: EmulatorSettings): object {
  const { risk, actionReqId: action_req_id, deviceId } = request
  const scored = { ...scoreOf(request), approval_type: risk.approvalType }
  if (risk.approvalType === 'auto') {
    const message = 'The action was approved automatically'
    return { action_req_id, status: 'auto_approved', ...scored, message }
  }
  const device = deviceId === undefined ? ', and no device gets a message' : ''
  return {
    ...{ action_req_id, status: 'pending', ...scored },
    ...{ expires_in: EXPIRES_IN_SECONDS, interval: settings.pollIntervalSeconds },
    message: `The action needs an approval${device}`,
  }
}

export const UNKNOWN_ACTION = {
  ...{ action_req_id: '', status: '', risk_score: 0, risk_level: '' },
  ...{ error: 'not_found', error_description: 'There is no such action' },
}

interface StatusFields {
  readonly status: ActionStatus
  readonly decision?: 'approved' | 'denied'
  readonly error?: string
  readonly error_description?: string
}

const statuses: Readonly<Record<ActionStatus | 'slow_down', StatusFields>> = {
  pending: waiting('authorization_pending', 'Nobody has decided yet'),
  slow_down: waiting('slow_down', 'Polling too often'),
  approved: { status: 'approved', decision: 'approved' },
  auto_approved: { status: 'auto_approved', decision: 'approved' },
  denied: {
    ...{ status: 'denied', decision: 'denied' },
    ...{ error: 'access_denied', error_description: 'The action was denied' },
  },
  expired: {
    ...{ status: 'expired', error: 'expired_token' },
    error_description: 'The request has expired',
  },
}

function waiting(error: string, error_description: string): StatusFields {
  return { status: 'pending', error, error_description }
}

export function statusAnswer(request: ActionRequest, state: ActionStatus | 'slow_down'): object {
  return { action_req_id: request.actionReqId, ...scoreOf(request), ...statuses[state] }
}

function scoreOf({ risk }: ActionRequest): object {
  return { risk_score: risk.score, risk_level: risk.level }
}

/** An action in the list of its user: times in epoch seconds, without absent fields. */
export function actionRow(request: ActionRequest, settings: EmulatorSettings): object {
  const { risk, lastPolledAt } = request
  const createdAt = Math.floor(request.createdAt / 1000)
  return {
    ...{ id: request.id, action_req_id: request.actionReqId },
    ...tenantField(settings, request.tenantId),
    ...{ user_id: request.userId, user_email: request.userEmail, agent_id: request.agentId },
    agent_name: request.agentName || undefined,
    agent_framework: request.agentFramework || undefined,
    session_id: request.sessionId || undefined,
    ...{ action: request.action, resource: request.resource },
    detail: request.detail || undefined,
    metadata: request.metadata ?? null,
    ...{ ...scoreOf(request), risk_factors: risk.factors },
    ...{ status: request.status, approval_type: risk.approvalType },
    required_approvals: risk.requiredApprovals,
    received_approvals: request.receivedApprovals,
    device_token_id: request.deviceId,
    ...{ expires_at: createdAt + EXPIRES_IN_SECONDS, created_at: createdAt },
    last_polled_at: lastPolledAt === undefined ? undefined : Math.floor(lastPolledAt / 1000),
  }
}
