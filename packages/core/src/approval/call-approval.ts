import type { ClientConfig } from '../config/config.ts'
import type { OnEvent } from '../events.ts'
import type { HttpRequest } from '../http/send-request.ts'
import type { Transport } from '../http/transport.ts'
import type { ApprovalRule } from '../policy/resource-policy.ts'
import { canonicalJson } from '../support/canonical-json.ts'
import type { Approval, ApprovalQuestion } from './approval.ts'
import { approvalError } from './approval-errors.ts'
import { type Approvals, createApprovals } from './approvals.ts'
import { createCibaApi } from './ciba-api.ts'
import type { ServerRecord } from './server-record.ts'

/** The parts of a planned call that an approval is about. */
interface CallToApprove {
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
  readonly approval: ApprovalRule | undefined
  readonly http: Pick<HttpRequest, 'method' | 'url' | 'body' | 'signal'>
}

/** The approval that a call requires, before anybody is asked. */
export interface RequiredApproval {
  /** The argument for `startApproval` or `requestApproval`. */
  readonly question: ApprovalQuestion
  /** The message as the approver's device shows it. */
  readonly message: string
  /** SHA-256 of the call, the approver and the client, hex: an approval with this digest is for this call. */
  readonly digest: string
  /** Six characters, also at the end of the message. */
  readonly code: string
  /** How long to wait for the answer, in milliseconds, if the rule says so. Default: 120 000. */
  readonly timeoutMs?: number | undefined
}

export interface CallApprovals extends Approvals {
  /** The question that a call requires. Pure. Throws `ApprovalError` when no approver is configured. */
  plan(call: CallToApprove, rule: ApprovalRule): RequiredApproval
  /**
   * Uses up the approval that was collected for exactly this call, or asks for one and waits.
   * Throws `ApprovalError` unless the call is approved.
   */
  approve(call: CallToApprove, approved?: Approval | undefined): Promise<void>
}

export function createCallApprovals(
  config: ClientConfig,
  transport: Transport,
  record: ServerRecord,
  emit: OnEvent,
): CallApprovals {
  const approvals = createApprovals(config, createCibaApi(config, transport), record, emit)

  function plan(call: CallToApprove, rule: ApprovalRule): RequiredApproval {
    const question = questionOf(call, rule)
    const { message, digest, code } = approvals.prepare(question)
    return Object.freeze({ question, message, digest, code, timeoutMs: rule.timeoutMs })
  }

  return {
    ...approvals,
    plan,
    async approve(call, approved) {
      const { approval: rule } = call
      if (!rule) return
      if (approved) return approvals.use(approved, plan(call, rule).digest)
      const before = canonicalJson(actionOf(call))
      const { signal } = call.http
      const { timeoutMs } = rule
      const given = await approvals.request({ ...questionOf(call, rule), timeoutMs, signal })
      // The approval is used up here, for this call only. It is not stored, and its token is discarded.
      if (canonicalJson(actionOf(call)) !== before) throw approvalError('approval_mismatch')
      approvals.use(given, given.digest)
    },
  }
}

function questionOf(call: CallToApprove, rule: ApprovalRule): ApprovalQuestion {
  const { http, route, values } = call
  return {
    approver: rule.approver,
    message: rule.message,
    values: { ...values, method: http.method, route },
    action: actionOf(call),
    limits: rule.limits,
  }
}

function actionOf({ http }: Pick<CallToApprove, 'http'>): object {
  const { method, url, body } = http
  // Refused when the call was planned: what a stream will send cannot be approved.
  if (body instanceof ReadableStream) throw approvalError('action_not_json')
  return {
    origin: url.origin,
    method,
    path: url.pathname + url.search,
    body:
      typeof body === 'string' || body === undefined ? body : Buffer.from(body).toString('base64'),
  }
}
