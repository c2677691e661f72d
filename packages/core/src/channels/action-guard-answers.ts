import type { ApprovalErrorCode } from '../errors.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { ApprovalRisk } from '../pending.ts'
import { retryAfterMs } from '../support/header-times.ts'
import { bodyText, parseObject } from '../support/json-object.ts'
import { errorFor, statusError, within } from './answer-fields.ts'
import type { PollState, StartedQuestion } from './channel.ts'

/** Reads the answer to an evaluation (contract 6): 200 with a decision, or with an error. */
export function readEvaluation(response: HttpResponse): Omit<StartedQuestion, 'flow'> {
  const body = parseObject(bodyText(response.body)) ?? {}
  const { action_req_id: authReqId, status } = body
  const isDecided = status === 'auto_approved'
  const isKnown = isDecided || status === 'pending'
  const isWhole = typeof authReqId === 'string' && authReqId !== '' && isKnown
  if (response.status !== 200 || body['error'] !== undefined || !isWhole) {
    throw errorFor(startError(response.status, body['error']), response)
  }
  return {
    authReqId,
    expiresInSeconds: within(body['expires_in'], { least: 1, most: 3_600, fallback: 300 }),
    intervalSeconds: isDecided ? 0 : within(body['interval'], { least: 1, most: 300, fallback: 5 }),
    risk: riskOf(body),
  }
}

/** Reads where an action stands. The server answers 200 whatever the state (contract 6). */
export function readStatus(response: HttpResponse, now: number): PollState {
  const { status } = response
  if (status === 429 || status === 503) {
    return { state: 'pending', slowDown: true, retryAfterMs: retryAfterMs(response.headers, now) }
  }
  if (status === 401 || status === 403) {
    return { state: 'refused', error: errorFor('session_required', response) }
  }
  const answer = status === 200 ? parseObject(bodyText(response.body))?.['status'] : undefined
  // The answer can be asked for again, so it cannot be lost.
  const error = errorFor('approval_failed', response)
  if (answer === 'approved' || answer === 'auto_approved') {
    return { state: 'approved', accessToken: '' }
  }
  if (answer === 'pending') return { state: 'pending', slowDown: false }
  if (answer === 'denied') return { state: 'denied' }
  if (answer === 'expired') return { state: 'gone' }
  const isMissing = parseObject(bodyText(response.body))?.['error'] === 'not_found'
  return isMissing ? { state: 'gone' } : { state: 'no_answer', mayBeLost: false, error }
}

function startError(status: number, error: unknown): ApprovalErrorCode {
  if (error === 'user_not_found') return 'approver_not_found'
  if (status === 401 || status === 403) return 'session_required'
  return statusError(status)
}

function riskOf(body: Readonly<Record<string, unknown>>): ApprovalRisk | undefined {
  const { risk_score: score, risk_level: level } = body
  const isWhole = typeof score === 'number' && typeof level === 'string'
  return isWhole ? { score, level: /^\w{1,20}$/.test(level) ? level : 'unknown' } : undefined
}
