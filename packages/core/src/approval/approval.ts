import type { QuestionSubject } from '../approvers/pending-question.ts'
import type { ChannelName } from '../channels/channels.ts'
import type { CallTarget } from '../events.ts'
import { type ApprovalLimits, optionalApprovalLimits } from '../options/approval-limits.ts'
import { checkOptions, invalidOption, type OptionChecks } from '../options/option-checks.ts'
import {
  optional,
  optionalBoolean,
  optionalChoice,
  optionalFunction,
  optionalMilliseconds,
  optionalObject,
  optionalSignal,
  optionalText,
  required,
  uncheckedHere,
} from '../options/option-values.ts'
import { optionalRiskMetadata, type RiskMetadata } from '../options/risk-metadata.ts'
import type { ApprovalView, PendingApproval } from '../pending.ts'
import { isApprovalMessage } from '../policy/approval-message.ts'
import type { Approval } from './approved-request.ts'

export interface ApprovalQuestion extends QuestionSubject {
  /** Who is asked: an e-mail address that AuthSec knows. Set by the developer. Default: `ciba.loginHint`. */
  approver?: string | undefined
  /** The question, written by the developer; `{name}` is replaced by a value, quoted and made harmless. The device shows one line of 140 characters: this text is never cut, and long values are. */
  message: string
  values?: Readonly<Record<string, unknown>> | undefined
  /** What the approval is for: plain JSON, without dates, maps or other instances of classes; the approval is bound to its digest. Default: message and values. */
  action?: unknown
  /** The scopes that the approval token is asked for (contract 3.2 and 3.4; RFC 6749 section 3.3). The approval is bound to them. Default: `['openid']` in the tenant and workspace flow, and the server's choice in the admin flow. */
  scopes?: readonly string[] | undefined
  /** The call of a protected API that the question is about, as events name it. Default: the action is no such call. */
  call?: CallTarget | undefined
  /** How often this approver is asked, on top of `approvals` of the client. */
  limits?: Partial<ApprovalLimits> | undefined
  /** How the person is asked. Default: `ciba`. `action-guard` needs `apiToken` of the client (contract 6). */
  channel?: ChannelName | undefined
  /** What the Agent Action Guard is told of the action. Default: the message, and the tool. */
  about?: { readonly action: string; readonly resource: string } | undefined
  /** What the Agent Action Guard rates the action by. Default: nothing. */
  risk?: RiskMetadata | undefined
  /** Told of the question as soon as it was sent, and of each change. What it throws is dropped. */
  onApproval?: ((approval: ApprovalView) => void) | undefined
  /** Ends the wait for the approver's turn, and for the answer. */
  signal?: AbortSignal | undefined
}

/** How a question is started. */
export interface AskOptions extends ApprovalQuestion {
  /**
   * Finds an open question with the same action, approver, tool, thread and user, and does not ask again: in this
   * process, and in the `store` of the client. Default: false, each call asks.
   */
  reuse?: boolean | undefined
  /** How long the answer may be collected, in milliseconds, if that is shorter than the server keeps the question (about 300 000). */
  validMs?: number | undefined
}

export type ApprovalPoll =
  | { status: 'pending'; pending: PendingApproval }
  | { status: 'approved'; approval: Approval }

/** scope-token of RFC 6749 section 3.3, of a length that a server's column takes. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/

/** A list without a scope would be the server's default, and not none. */
function isScopes(value: unknown, field: string): void {
  const scopes: unknown[] = Array.isArray(value) ? value : []
  const areScopes = scopes.every((scope) => typeof scope === 'string' && SCOPE.test(scope))
  if (scopes.length > 0 && areScopes && new Set(scopes).size === scopes.length) return
  throw invalidOption(
    field,
    'must be a list of one or more different scopes, each a text without spaces, quotes or backslashes',
    `Correct ${field}, such as ['openid', 'email'], or leave it out.`,
  )
}

/** A sealed question must fit into a cookie's or a column's few thousand characters. */
const optionalName = optional(
  required(
    (value) => typeof value === 'string' && /^.{1,500}$/s.test(value) && value.isWellFormed(),
    'a text of 1 to 500 characters',
  ),
)

const questionChecks: OptionChecks<AskOptions & { timeoutMs?: number | undefined }> = {
  approver: optional(required((value) => typeof value === 'string', 'an e-mail address')),
  message: isApprovalMessage,
  values: optionalObject,
  action: uncheckedHere,
  scopes: optional(isScopes),
  limits: optionalApprovalLimits,
  channel: optionalChoice('ciba', 'action-guard'),
  about: optionalObject,
  risk: optionalRiskMetadata,
  onApproval: optionalFunction,
  tool: optionalName,
  callId: optionalText,
  call: optionalObject,
  toolCallId: optionalText,
  run: optionalText,
  caller: optionalText,
  thread: optionalName,
  user: optionalName,
  reuse: optionalBoolean,
  validMs: optionalMilliseconds,
  signal: optionalSignal,
  timeoutMs: optionalMilliseconds,
}

/** Throws `ConfigError` for a question that cannot be sent. */
export function assertQuestion(question: ApprovalQuestion): void {
  checkOptions(question, 'the approval question', questionChecks)
}
