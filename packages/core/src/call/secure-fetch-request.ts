import type { ApprovalContext, RequiredApproval } from '../approval/call-approval.ts'
import type { Approved } from '../approval/redemption.ts'
import type { BodyEncoding } from '../bodies/request-body.ts'
import type { AuthSecError } from '../errors.ts'
import { checkOptions, type OptionChecks } from '../options/option-checks.ts'
import { optionalMilliseconds, optionalSignal, uncheckedHere } from '../options/option-values.ts'
import type { Query } from '../policy/endpoint.ts'
import type { FixedHeaders } from '../policy/fixed-headers.ts'
import type { CallKey } from '../policy/plan-call.ts'
import type { ApprovalRule } from '../policy/resource-policy.ts'
import type { AnswerForm } from './response-guard.ts'

/** One call of an endpoint below a configured resource. */
export interface SecureFetchRequest {
  /** The configured resource to call. Default: the only one. */
  readonly resource?: string | undefined
  /** A path below the resource's base URL, without a query. */
  readonly endpoint: string
  /** Default: GET. */
  readonly method?: string | undefined
  /**
   * Sent URL-encoded. A list repeats the name; `undefined` and `null` are left out; dates are ISO 8601. Other
   * objects, NaN and Infinity are refused (`query_refused`).
   */
  readonly query?: Query | undefined
  /** Sent as JSON, at most 256 KiB. `null` stays null; NaN, Infinity and invalid dates are refused (`body_not_json`). */
  readonly body?: unknown
  /** Further headers, set by the developer, never by a model. Reserved names are refused. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as `idempotency-key`: lets an unsafe call be retried when its answer is lost. */
  readonly idempotencyKey?: string | undefined
  /** What the token must carry on top of the resource's permissions; all of them. */
  readonly permission?: string | readonly string[] | undefined
  /** A person must approve the call before it is sent. Default: the resource's rule. */
  readonly approval?: ApprovalRule | undefined
  /**
   * What this call carries on: the approval that `pollApproval`, `waitForApproval` or `requestApproval` returned for
   * exactly this call, the `pending` of an `approval_pending`, or the sealed form of either. It works once.
   */
  readonly approved?: Approved | undefined
  /** Total time in milliseconds, with retries and without the wait for an approval. Default: the resource's. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an adapter adds to a call. */
export interface CallContext extends Omit<ApprovalContext, 'approved'> {
  /** How events and approvals name the call, such as a path template. Default: the endpoint. */
  readonly route?: string | undefined
  /** The parameters an approval message may name. Default: those of the query. */
  readonly values?: Readonly<Record<string, unknown>> | undefined
  /** Further headers whose values a model chose. They are a part of what is approved. Default: none. */
  readonly chosenHeaders?: Readonly<Record<string, string>> | undefined
  /** Headers that the developer fixed for the operation. They are a part of what is approved. Default: none. */
  readonly fixedHeaders?: FixedHeaders | undefined
  /** A key that core made for this one call. Default: none. */
  readonly callKey?: CallKey | undefined
  /** How the body is written. Default: JSON. */
  readonly encoding?: BodyEncoding | undefined
  /** The agent run whose budget the call uses up. Default: none, so only the limits of the client apply. */
  readonly run?: string | undefined
  /** How the answer of `secureFetch` is read. Default: as JSON. */
  readonly answer?: AnswerForm | undefined
  /** Why the adapter does not send the call. It is reported like any other refusal, and thrown. */
  readonly refusal?: AuthSecError | undefined
}

/** What a call is before anything is sent to the API. */
export type CallPlan = CallFacts &
  (
    | { readonly status: 'ready' }
    | { readonly status: 'needs_approval'; readonly approval: RequiredApproval }
  )

export interface CallFacts {
  readonly resource: string
  readonly method: string
  readonly route: string
  /** The permissions that the call requires, all of which the token carries. */
  readonly permissions: readonly string[]
}

/** A misspelt guard would be ignored. Values without a check here are checked where they are used. */
const requestChecks: OptionChecks<SecureFetchRequest> = {
  resource: uncheckedHere,
  endpoint: uncheckedHere,
  method: uncheckedHere,
  query: uncheckedHere,
  body: uncheckedHere,
  headers: uncheckedHere,
  idempotencyKey: uncheckedHere,
  permission: uncheckedHere,
  approval: uncheckedHere,
  approved: uncheckedHere,
  timeoutMs: optionalMilliseconds,
  signal: optionalSignal,
}

/** The context comes from adapters. What is not checked here is checked where it is used. */
export const contextChecks: OptionChecks<CallContext> = {
  route: uncheckedHere,
  values: uncheckedHere,
  chosenHeaders: uncheckedHere,
  answer: uncheckedHere,
  fixedHeaders: uncheckedHere,
  callKey: uncheckedHere,
  encoding: uncheckedHere,
  run: uncheckedHere,
  refusal: uncheckedHere,
  tool: uncheckedHere,
  callId: uncheckedHere,
  toolCallId: uncheckedHere,
  caller: uncheckedHere,
  thread: uncheckedHere,
  user: uncheckedHere,
  onApproval: uncheckedHere,
}

const KNOWN: ReadonlySet<string> = new Set(Object.keys(requestChecks))

/** Throws `ConfigError` for an unknown or misspelt field, and for a time or a signal that is none. A correct request costs one lookup for each of its fields. */
export function assertRequest(request: SecureFetchRequest): void {
  const isObject = typeof request === 'object' && request !== null
  let isKnown = isObject && !Array.isArray(request)
  for (const name in request) isKnown &&= KNOWN.has(name)
  if (!isKnown) checkOptions(request, 'the request of secureFetch', requestChecks)
  optionalMilliseconds(request.timeoutMs, 'timeoutMs')
  optionalSignal(request.signal, 'signal')
}
