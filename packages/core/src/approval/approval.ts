import type { CibaFlow } from '../config/config.ts'
import { type ApprovalLimits, optionalApprovalLimits } from '../options/approval-limits.ts'
import { checkOptions, invalidOption, type OptionChecks } from '../options/option-checks.ts'
import {
  optional,
  optionalMilliseconds,
  optionalObject,
  optionalSignal,
  required,
  uncheckedHere,
} from '../options/option-values.ts'
import { isApprovalMessage } from '../policy/approval-message.ts'
import { hideGetters } from '../support/hide-getters.ts'

export interface ApprovalQuestion {
  /** Who is asked: an e-mail address that AuthSec knows. Set by the developer. Default: `ciba.loginHint`. */
  approver?: string | undefined
  /** The question, written by the developer; `{name}` is replaced by a value, quoted and made harmless. The device shows one line of 140 characters: this text is never cut, and long values are. */
  message: string
  values?: Readonly<Record<string, unknown>> | undefined
  /** What the approval is for: plain JSON, without dates, maps or other instances of classes; the approval is bound to its digest. Default: message and values. */
  action?: unknown
  /** The scopes that the approval token is asked for (contract 3.2 and 3.4; RFC 6749 section 3.3). The approval is bound to them. Default: `['openid']` in the tenant and workspace flow, and the server's choice in the admin flow. */
  scopes?: readonly string[] | undefined
  /** How often this approver is asked, on top of `approvals` of the client. */
  limits?: Partial<ApprovalLimits> | undefined
  /** Ends the wait for the approver's turn, and for the answer. */
  signal?: AbortSignal | undefined
}

/** A question that was sent and has no answer yet. It is plain data: it may be stored, and polled later by another process. Whoever holds it can collect the answer, so store it like a secret. */
export interface PendingApproval {
  readonly flow: CibaFlow
  readonly authReqId: string
  /** Who was asked: an answer by somebody else is no approval. */
  readonly approver: string
  /** SHA-256 of the action, hex. */
  readonly digest: string
  /** Six characters, also at the end of the message on the device. */
  readonly code: string
  readonly bindingMessage: string
  /** RFC 3339. */
  readonly expiresAt: string
  /** Minimum wait before the next poll, in seconds. */
  readonly intervalSeconds: number
}

/** An approval of one action. Its token is a session of the approver and is never shown. */
export interface Approval {
  readonly digest: string
  readonly code: string
  /** A session token of the approver, valid for a day or more: hand it to nobody who does not need it. */
  readonly accessToken: string
}

/** Keeps the token in a private field, which nothing can list or copy. */
export class ApprovedRequest implements Approval {
  readonly digest: string
  readonly code: string
  readonly #accessToken: string
  constructor(pending: PendingApproval, accessToken: string) {
    this.digest = pending.digest
    this.code = pending.code
    this.#accessToken = accessToken
    Object.freeze(this)
  }
  get accessToken(): string {
    return this.#accessToken
  }

  static {
    hideGetters(ApprovedRequest.prototype)
  }
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

const questionChecks: OptionChecks<ApprovalQuestion & { timeoutMs?: number | undefined }> = {
  approver: optional(required((value) => typeof value === 'string', 'an e-mail address')),
  message: isApprovalMessage,
  values: optionalObject,
  action: uncheckedHere,
  scopes: optional(isScopes),
  limits: optionalApprovalLimits,
  signal: optionalSignal,
  timeoutMs: optionalMilliseconds,
}

/** Throws `ConfigError` for a question that cannot be sent. */
export function assertQuestion(question: ApprovalQuestion): void {
  checkOptions(question, 'the approval question', questionChecks)
}
