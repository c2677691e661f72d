import type { FailureFacts } from '../errors.ts'
import type { AuthSecEvent, CallEnd, CallStart, ErrorReasons, EventOrigin } from '../events.ts'
import type { AuditApproval, AuditFields, AuditOutcome } from './audit-record.ts'
import { outcomeOfApproval, outcomeOfCode } from './outcome-of-code.ts'
import { isoTime, rounded, shortText, shortTexts } from './record-values.ts'

/**
 * What the log says about an event. Every field is chosen by name, so that what an event may hold one day does
 * not get into a log by itself. A line leaves out
 * fields that are undefined.
 */

export interface RecordContext {
  /** For events without a time of their own. */
  readonly now: () => number
  /** How a person is named: user, caller and approver. */
  readonly nameOf: (person: string) => string
}

type EventOf<Type extends AuthSecEvent['type']> = Extract<AuthSecEvent, { type: Type }>

/** The record of an event. Undefined for those that are no call, approval, refusal, credential or token. */
export function recordOfEvent(
  event: AuthSecEvent,
  context: RecordContext,
): AuditFields | undefined {
  switch (event.type) {
    case 'client.created':
      return clientCreated(event, context)
    case 'token.acquired':
      return event.unchanged ? undefined : tokenAcquired(event, context)
    case 'token.dropped':
      return tokenDropped(event, context)
    case 'token.failed':
      return tokenFailed(event, context)
    case 'request.completed':
    case 'request.failed':
    case 'request.suspended':
      return recordOfCall(event, context)
    case 'approval.started':
      return approvalAsked(event, context)
    case 'approval.settled':
      return approvalSettled(event, context)
    case 'cloud.exchanged':
      return ended('credentials', 'completed', event, context)
    case 'cloud.failed':
      return ended('credentials', outcomeOfCode(event.code, event.attempts), event, context)
    case 'token.requested':
    case 'warning':
      return undefined
  }
}

/** The record of a call that has ended. */
export function recordOfCall(event: EventOrigin & CallEnd, context: RecordContext): AuditFields {
  switch (event.type) {
    case 'request.completed':
      return ended('call', 'completed', event, context)
    case 'request.failed':
      return ended('call', outcomeOfCode(event.code, event.attempts), event, context)
    case 'request.suspended':
      return ended('call', 'suspended', event, context)
  }
}

/** What a required log says before a call is sent. */
export function recordOfStart(call: CallStart, context: RecordContext): AuditFields {
  const kind = call.provider === undefined ? 'call' : 'credentials'
  return ended(kind, 'started', call, context)
}

function clientCreated(event: EventOf<'client.created'>, context: RecordContext): AuditFields {
  return { ...head('client', 'created', event, context), mode: event.mode }
}

function tokenAcquired(event: EventOf<'token.acquired'>, context: RecordContext): AuditFields {
  return {
    ...head('token', 'acquired', event, context),
    token: shortText(event.fingerprint),
    subject: shortText(event.subject),
    permission: shortTexts(event.permissions),
    expiresAt: isoTime(event.expiresAt),
    durationMs: rounded(event.durationMs),
  }
}

function tokenDropped(event: EventOf<'token.dropped'>, context: RecordContext): AuditFields {
  return {
    ...head('token', 'dropped', event, context),
    token: shortText(event.fingerprint),
    code: shortText(event.code),
  }
}

function tokenFailed(event: EventOf<'token.failed'>, context: RecordContext): AuditFields {
  return {
    ...head('token', 'failed', event, context),
    status: rounded(event.status),
    code: shortText(event.code),
    cause: shortText(event.systemCode),
    durationMs: rounded(event.durationMs),
  }
}

function approvalAsked(event: EventOf<'approval.started'>, context: RecordContext): AuditFields {
  const { code, approver } = event
  return {
    ...ended('approval', 'asked', { ...event, code: undefined }, context),
    approval: approvalOf({ code, approver }, context),
  }
}

function approvalSettled(event: EventOf<'approval.settled'>, context: RecordContext): AuditFields {
  const { code, approver, outcome, decidedAt, durationMs, ...details } = event
  const settled = outcomeOfApproval(outcome)
  return {
    ...ended(
      'approval',
      settled,
      { ...details, code: settled === outcome ? undefined : outcome },
      context,
    ),
    approval: approvalOf({ code, approver, decidedAt, waitedMs: durationMs }, context),
  }
}

function head(
  kind: AuditFields['kind'],
  outcome: AuditOutcome,
  { time, client }: EventOrigin,
  { now }: RecordContext,
): AuditFields {
  const at = isoTime(time) ?? new Date(now()).toISOString()
  return { time: at, kind, outcome, client: shortText(client) }
}

/** What any event may say about a call, a question about one, or an exchange. */
type CallFacts = CallStart &
  Partial<Omit<FailureFacts, 'code'>> &
  ErrorReasons & {
    readonly code?: string | undefined
    readonly expiresAt?: Date | undefined
    readonly attempts?: number | undefined
    readonly durationMs?: number | undefined
  }

/** One object with all its fields, because there is one for each call: to merge several costs more than the rest. */
function ended(
  kind: AuditFields['kind'],
  outcome: AuditOutcome,
  call: EventOrigin & CallFacts,
  context: RecordContext,
): AuditFields {
  const { nameOf, now } = context
  const { user, caller } = call
  return {
    time: isoTime(call.time) ?? new Date(now()).toISOString(),
    kind,
    outcome,
    client: shortText(call.client),
    callId: shortText(call.callId),
    tool: shortText(call.tool),
    toolCallId: shortText(call.toolCallId),
    run: shortText(call.run),
    user: user === undefined ? undefined : shortText(nameOf(user)),
    caller: caller === undefined ? undefined : shortText(nameOf(caller)),
    provider: shortText(call.provider),
    resource: shortText(call.resource),
    method: shortText(call.method),
    route: shortText(call.route),
    token: shortText(call.token),
    permission: shortTexts(call.permission),
    expiresAt: isoTime(call.expiresAt),
    approval: call.approval && approvalOf(call.approval, context),
    attempts: rounded(call.attempts),
    status: rounded(call.status),
    code: shortText(call.code),
    reason: shortText(call.detail),
    tokenProblem: shortText(call.tokenProblem),
    cause: shortText(call.systemCode),
    durationMs: rounded(call.durationMs),
  }
}

interface ApprovalFacts {
  readonly code: string
  readonly approver?: string | undefined
  readonly decidedAt?: Date | undefined
  readonly waitedMs?: number | undefined
}

function approvalOf(facts: ApprovalFacts, { nameOf }: RecordContext): AuditApproval {
  const { code, approver, decidedAt, waitedMs } = facts
  return {
    code: shortText(code) ?? '',
    approver: approver === undefined ? undefined : shortText(nameOf(approver)),
    decidedAt: isoTime(decidedAt),
    waitedMs: rounded(waitedMs),
  }
}
