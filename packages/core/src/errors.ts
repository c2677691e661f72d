import type { ApprovalView, PendingApproval } from './pending.ts'

/**
 * Every error that this package throws. A message is one plain sentence without a secret, a body or
 * server text, because frameworks print messages and pass them to models; `hint` names the remedy.
 */

const FAMILY = Symbol.for('authsec.error.family')

export type ConfigErrorCode =
  | 'config_missing'
  | 'config_invalid'
  | 'mode_refused'
  | 'emulator_missing'
  | 'module_missing'
  | 'fetch_unusable'
  | 'dispatcher_unusable'
  | 'store_unusable'

export type DelegationErrorCode =
  // AuthSec answered, and the answer is final: there is no usable token (contract 1.3).
  | 'client_id_rejected'
  | 'authentication_required'
  | 'access_refused'
  | 'client_not_found'
  | 'no_active_delegation'
  | 'delegation_expired'
  | 'request_rejected'
  | 'wrong_client'
  | 'wrong_tenant'
  // AuthSec could not be asked, or its answer cannot be used: a token already held stays good.
  | 'wrong_base_url'
  | 'redirect_blocked'
  | 'invalid_response'
  | 'rate_limited'
  | 'server_error'
  | 'network_error'
  | 'address_blocked'
  | 'tls_error'
  | 'proxy_refused'
  | 'timeout'
  | 'client_closed'

export type ResourceErrorCode =
  // Refused before anything was sent.
  | 'resource_unknown'
  | 'endpoint_refused'
  | 'method_refused'
  | 'query_refused'
  | 'header_refused'
  | 'request_too_large'
  | 'body_not_json'
  | 'body_unsupported'
  | 'permission_missing'
  | 'audience_mismatch'
  | 'budget_exceeded'
  | 'audit_unavailable'
  // The call itself failed.
  | 'redirect_blocked'
  | 'response_too_large'
  | 'unexpected_content_type'
  | 'invalid_response'
  | 'network_error'
  | 'address_blocked'
  | 'tls_error'
  | 'proxy_refused'
  | 'timeout'

export type ApprovalErrorCode =
  // Nobody has answered yet.
  | 'approval_pending'
  // The approver denied, or nobody answered in time: nothing was done.
  | 'approval_denied'
  | 'approval_expired'
  | 'approval_timeout'
  | 'approval_cancelled'
  // Nobody was asked, or nobody can be.
  | 'approval_required'
  | 'approval_rate_limited'
  | 'approver_not_found'
  | 'approver_has_no_device'
  | 'action_not_json'
  | 'message_too_long'
  | 'approval_mismatch'
  | 'approval_used'
  | 'approval_invalid'
  | 'approval_not_claimed'
  | 'approver_mismatch'
  | 'approver_refused'
  | 'pending_altered'
  | 'session_required'
  | 'wrong_tenant'
  // AuthSec could not be asked, or its answer was lost: nothing was done either.
  | 'approval_outcome_unknown'
  | 'client_rejected'
  | 'approval_failed'

export type CloudExchangeErrorCode =
  | 'not_available'
  | 'authentication_required'
  | 'request_rejected'
  | 'invalid_response'
  | 'rate_limited'
  | 'server_error'
  | 'network_error'
  | 'address_blocked'
  | 'tls_error'
  | 'proxy_refused'
  | 'timeout'

export interface AuthSecErrorOptions<Code extends string> {
  code: Code
  message: string
  hint: string
  status?: number | undefined
  retryable?: boolean | undefined
  retryAt?: Date | undefined
  requestId?: string | undefined
  carriedOut?: true | undefined
  detail?: string | undefined
  cause?: unknown
}

/** What an error about an approval may carry beside its reason. */
interface ApprovalErrorOptions extends AuthSecErrorOptions<ApprovalErrorCode> {
  approval?: ApprovalView | undefined
  pending?: PendingApproval | undefined
}

/** The base of every error of AuthSec packages. Test with `AuthSecError.isInstance`, which also works across two copies of the package. */
export class AuthSecError<Code extends string = string> extends Error {
  override readonly name: string = 'AuthSecError'
  /** Stable, for `switch`. */
  readonly code: Code
  /** How to fix it, one sentence. */
  readonly hint: string
  /** The HTTP status that caused it, if one did. */
  readonly status: number | undefined
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean
  /** When to try again: the server asked for it, or a budget of the client frees up. */
  readonly retryAt: Date | undefined
  /** The server's `x-request-id`, to look the call up in its logs. */
  readonly requestId: string | undefined
  /**
   * Present when the server reported success (2xx) and only its answer cannot be used: the call was carried
   * out. Repeating it would do it twice, unless its method changes nothing (GET, HEAD, OPTIONS).
   */
  readonly carriedOut: true | undefined
  /** The API's reason in its own words, apart from `message`: untrusted, without secrets, on one line. */
  readonly detail: string | undefined
  /** What the system, TLS or undici calls the failure, such as `ECONNREFUSED`, `ENOTFOUND` or `CERT_HAS_EXPIRED`. */
  readonly systemCode: string | undefined

  constructor(options: AuthSecErrorOptions<Code>) {
    super(options.message, publicCause(options.cause))
    this.code = options.code
    this.hint = options.hint
    this.status = options.status
    this.retryable = options.retryable ?? false
    this.retryAt = options.retryAt
    this.requestId = options.requestId
    this.carriedOut = options.carriedOut
    this.detail = options.detail
    this.systemCode = systemCodeOf(options.cause)
  }

  // Tells the classes apart where `instanceof` cannot: across two copies of the package.
  protected get [FAMILY](): string {
    return this.name
  }

  static isInstance(value: unknown): value is AuthSecError {
    return familyOf(value) !== undefined
  }

  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, status, retryable, requestId } = this
    const { carriedOut, detail, systemCode } = this
    const facts = { name, code, message, hint, status, retryable, requestId }
    return { ...facts, carriedOut, detail, systemCode }
  }
}

/** The configuration cannot work: a missing, malformed or contradictory option or variable, or a fetch function or a store that fails. */
export class ConfigError extends AuthSecError<ConfigErrorCode> {
  override readonly name = 'ConfigError'
  static override isInstance(value: unknown): value is ConfigError {
    return familyOf(value) === 'ConfigError'
  }
}

/** AuthSec has no delegation token for this agent, or could not be reached. */
export class DelegationError extends AuthSecError<DelegationErrorCode> {
  override readonly name = 'DelegationError'
  static override isInstance(value: unknown): value is DelegationError {
    return familyOf(value) === 'DelegationError'
  }
}

/** A call to a protected API was refused by policy before it was sent, or failed on the way. An HTTP error status is not one: it is a response. */
export class ResourceError extends AuthSecError<ResourceErrorCode> {
  override readonly name = 'ResourceError'
  static override isInstance(value: unknown): value is ResourceError {
    return familyOf(value) === 'ResourceError'
  }
}

/** A person did not approve, or could not be asked. Whatever the code, the action was not carried out. */
export class ApprovalError extends AuthSecError<ApprovalErrorCode> {
  override readonly name = 'ApprovalError'
  /** What may be shown of the question, with `approval_pending`. */
  readonly approval: ApprovalView | undefined
  readonly #pending: PendingApproval | undefined

  constructor(options: ApprovalErrorOptions) {
    super(options)
    this.approval = options.approval
    this.#pending = options.pending
  }

  /** The question that waits for an answer, with `approval_pending`: `approved` of the same call carries it on. Never listed or printed. */
  get pending(): PendingApproval | undefined {
    return this.#pending
  }

  override toJSON(): Record<string, unknown> {
    const { approval } = this
    return { ...super.toJSON(), ...(approval && { approval }) }
  }

  static override isInstance(value: unknown): value is ApprovalError {
    return familyOf(value) === 'ApprovalError'
  }
}

/** AuthSec issued no cloud credentials for the delegation token. */
export class CloudExchangeError extends AuthSecError<CloudExchangeErrorCode> {
  override readonly name = 'CloudExchangeError'
  static override isInstance(value: unknown): value is CloudExchangeError {
    return familyOf(value) === 'CloudExchangeError'
  }
}

function familyOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !(FAMILY in value)) return undefined
  const family: unknown = value[FAMILY]
  return typeof family === 'string' ? family : undefined
}

/** What an event says about an error: enough to tell a refused connection from an unknown name. */
export interface FailureFacts {
  /** The code of an AuthSecError; `aborted` when the caller gave the call up; else `unexpected`. */
  readonly code: string
  /** The HTTP status, when there was an answer and it could not be used. */
  readonly status?: number | undefined
  /** The system's code for a failure on the network, such as ECONNREFUSED, ENOTFOUND or CERT_HAS_EXPIRED. */
  readonly systemCode?: string | undefined
}

export function failureFacts(error: unknown): FailureFacts {
  const status = AuthSecError.isInstance(error) ? error.status : undefined
  const systemCode = systemCodeOf(error)
  return {
    code: eventCodeOf(error),
    ...(status !== undefined && { status }),
    ...(systemCode !== undefined && { systemCode }),
  }
}

/** A foreign error, such as the reason with which a caller aborts, may have any text as its code. */
function eventCodeOf(error: unknown): string {
  if (AuthSecError.isInstance(error)) return error.code
  const name = error instanceof Error ? error.name : undefined
  return name === 'AbortError' || name === 'TimeoutError' ? 'aborted' : 'unexpected'
}

/** The code of an error if it looks like one of a system: a foreign error may have any text there. */
export function systemCodeOf(error: unknown): string | undefined {
  if (AuthSecError.isInstance(error)) return error.systemCode
  const code = error instanceof Error ? codeIn(error) : undefined
  return code !== undefined && /^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? code : undefined
}

function codeIn(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'code' in value
    ? String(value.code)
    : undefined
}

/** Foreign errors quote URLs, headers and bodies; only their name and code go further. */
function publicCause(cause: unknown): ErrorOptions | undefined {
  if (!(cause instanceof Error)) return undefined
  const { name } = cause
  const code: unknown = 'code' in cause ? cause.code : undefined
  return { cause: typeof code === 'string' ? { name, code } : { name } }
}
