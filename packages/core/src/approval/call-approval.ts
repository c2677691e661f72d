import { Buffer } from '#runtime/platform/bytes'
import type { QuestionSubject } from '../approvers/pending-question.ts'
import type { ServerRecord } from '../approvers/server-record.ts'
import { approvalError } from '../channels/approval-errors.ts'
import { createChannels } from '../channels/channels.ts'
import type { ClientConfig } from '../config/config.ts'
import type { Emit } from '../events.ts'
import type { HttpRequest } from '../http/send-request.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import type { ApprovalView } from '../pending.ts'
import type { ApprovalRule } from '../policy/resource-policy.ts'
import { canonicalJson, digestOf } from '../support/canonical-json.ts'
import type { ApprovalQuestion } from './approval.ts'
import { type Approvals, createApprovals } from './approvals.ts'
import { approverOf } from './approver.ts'
import type { Approved, UseWatch } from './redemption.ts'

/** The parts of a planned call that an approval is about. */
interface CallToApprove {
  readonly resource: { readonly name: string }
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
  readonly chosenHeaders?: Readonly<Record<string, string>> | undefined
  readonly fixedHeaders?: Readonly<Record<string, string>> | undefined
  /** In place of the body, where that is not the same for the same call. */
  readonly approvedBody?: { readonly bodyType: string; readonly body: unknown } | undefined
  readonly permissions: readonly string[]
  readonly approval: ApprovalRule | undefined
  readonly http: Pick<HttpRequest, 'method' | 'url' | 'body' | 'signal'>
}

/** What the program says about a call, beside the call itself. */
export interface ApprovalContext extends QuestionSubject {
  /** Told of the question as soon as it was sent, and of each change. What it throws is dropped. */
  readonly onApproval?: ((approval: ApprovalView) => void) | undefined
  /** What was approved or asked about before. */
  readonly approved?: Approved | undefined
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
  /** Whether the call waits for the answer, or ends with `approval_pending`. */
  readonly wait: 'block' | 'suspend'
}

export interface CallApprovals extends Approvals {
  /** The question that a call requires. Pure. Throws `ApprovalError` when no approver is configured. */
  plan(call: CallToApprove, rule: ApprovalRule, context?: ApprovalContext): RequiredApproval
  /**
   * Uses up what was approved before for exactly this call, or asks. Throws `ApprovalError` unless the call is
   * approved: `approval_pending` when it is to be carried on later.
   */
  approve(call: CallToApprove, context?: ApprovalContext, watch?: UseWatch): Promise<void>
}

export function createCallApprovals(
  config: ClientConfig,
  server: AuthSecServer,
  record: ServerRecord,
  emit: Emit,
): CallApprovals {
  const approvals = createApprovals(config, createChannels(config, server, emit), record, emit)

  function plan(
    call: CallToApprove,
    rule: ApprovalRule,
    context: ApprovalContext = {},
  ): RequiredApproval {
    const question = questionOf(call, rule, context)
    const { message, digest, code } = approvals.prepare(question)
    const { timeoutMs, wait = 'block' } = rule
    return Object.freeze({ question, message, digest, code, timeoutMs, wait })
  }

  async function approve(
    call: CallToApprove,
    context: ApprovalContext = {},
    watch?: UseWatch,
  ): Promise<void> {
    const { approval: rule } = call
    if (!rule) return
    const { question, digest, timeoutMs, wait } = plan(call, rule, context)
    const { tool, user } = context
    const { signal } = call.http
    const expected = { digest, subject: { tool, user }, signal, watch }
    const { approved, onApproval } = context
    if (approved !== undefined) return approvals.redeem(approved, expected)
    if (wait === 'suspend') return approvals.suspend({ ...question, onApproval, signal }, expected)
    const before = canonicalJson(actionOf(call))
    const given = await approvals.request({ ...question, onApproval, timeoutMs, signal })
    // The approval is used up here, for this call only. It is not stored, and its token is discarded.
    if (canonicalJson(actionOf(call)) !== before) throw approvalError('approval_mismatch')
    return approvals.redeem(given, expected)
  }

  return { ...approvals, plan, approve }
}

function questionOf(
  call: CallToApprove,
  rule: ApprovalRule,
  { tool, callId, toolCallId, thread, run, user, caller }: ApprovalContext,
): ApprovalQuestion {
  const { http, route, values, resource, permissions } = call
  const { method } = http
  return {
    approver: approverOf(rule.approver, { resource: resource.name, method, route, values }, user),
    message: rule.message,
    values: { ...values, method, route },
    action: actionOf(call),
    limits: rule.limits,
    channel: rule.channel,
    risk: rule.risk,
    // A model may write the route, and the server rates by words in the action: a `widget` has a GET in it (contract 6).
    about: { action: method, resource: `${resource.name}: ${route}` },
    call: { resource: resource.name, method, route, permission: permissions },
    ...{ tool, callId, toolCallId, thread, run, user, caller },
  }
}

function actionOf({
  http,
  chosenHeaders,
  fixedHeaders,
  approvedBody,
}: Pick<CallToApprove, 'http' | 'chosenHeaders' | 'fixedHeaders' | 'approvedBody'>): object {
  const { method, url, body } = http
  // Refused when the call was planned: what a stream will send cannot be approved.
  if (body instanceof ReadableStream) throw approvalError('action_not_json')
  return {
    origin: url.origin,
    method,
    path: url.pathname + url.search,
    body:
      typeof body === 'string' || body === undefined ? body : Buffer.from(body).toString('base64'),
    ...approvedBody,
    // Their digest, because a program may show the action and their values can be secrets.
    ...(fixedHeaders && { fixedHeaders: digestOf(fixedHeaders) }),
    // The developer's own headers of one call may differ from try to try; a model's may not.
    ...(chosenHeaders && { headers: chosenHeaders }),
  }
}
