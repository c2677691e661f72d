import type { ApprovalPoll, ApprovalQuestion, AskOptions } from '../approval/approval.ts'
import type { PollOptions, Unanswered, WaitLimits } from '../approval/approvals.ts'
import type { Approval } from '../approval/approved-request.ts'
import type { Approved } from '../approval/redemption.ts'
import type { FetchGuards } from '../call/fetch-guards.ts'
import type { SecureFetchResponse } from '../call/response-guard.ts'
import type { CallContext, CallPlan, SecureFetchRequest } from '../call/secure-fetch-request.ts'
import type { ExchangeCloudCredentials } from '../cloud/cloud-credentials.ts'
import type { Mode } from '../events.ts'
import type { ApprovalView, PendingApproval } from '../pending.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import type { GetTokenOptions } from '../token/token-request.ts'

/** One agent's identity: its token, and the calls that carry it. Created by `createAuthSecClient`. */
export interface AuthSecClient extends AsyncDisposable {
  /** Decided when the client is created; never changes. */
  readonly mode: Mode
  /** The protected APIs that can be called, by name, with their methods. */
  readonly resources: readonly ResourceSummary[]
  /**
   * The delegation token: from memory while it is valid, refreshed ahead of its expiry, one request
   * for all concurrent callers, in all clients of this agent in the process (contract 1). Throws `DelegationError`, or the signal's reason.
   */
  getDelegationToken(options?: GetTokenOptions): Promise<DelegationToken>
  /**
   * Calls an endpoint of a configured API with the token. HTTP error statuses are responses.
   * `context` is for adapters. Throws `ResourceError`, `DelegationError`, `ApprovalError`,
   * `ConfigError` for an unknown option, or the signal's reason.
   */
  secureFetch(request: SecureFetchRequest, context?: CallContext): Promise<SecureFetchResponse>
  /**
   * What such a call would be, with nothing sent to the API: its resource, method, route and
   * permissions, and the approval that it requires. Permissions and audience are checked. Throws what
   * `secureFetch` throws before it sends.
   */
  plan(request: SecureFetchRequest, context?: CallContext): Promise<CallPlan>
  /**
   * A standard `fetch` for code that needs one, such as openapi-fetch, ky or the OpenAI SDK: it carries the
   * token to configured APIs through the same guards as `secureFetch`, refuses every other URL, and follows no
   * redirect beyond those that the resource allows, and none for `redirect: 'error'` or `'manual'`. It takes a
   * URL or a Request, and every kind of body. The body of a Request, a Blob or a form is read into memory
   * first, up to 16 MiB. A stream in `init` is sent once: without retries, not again after a 401, and not where a
   * person must approve the call. Members of `init` that concern browsers only are ignored; `integrity`,
   * `dispatcher` and `agent` are a `ConfigError`. Other credentials are refused (`header_refused`).
   *
   * The body of the response is streamed and unparsed; an echoed token or client ID is removed.
   * Read or cancel the body: the call is reported when it ends. `maxResponseBytes` and `timeoutMs` of the
   * resource bound the body too: its bytes after decoding, and the time that the call waits for the API.
   * A long stream needs wider ones in `guards`. Beyond them the stream fails with `response_too_large` or
   * `timeout`, and the connection is closed. Throws what `secureFetch` throws.
   */
  fetch(
    input: string | URL | Request,
    init?: RequestInit,
    guards?: FetchGuards & CallContext,
  ): Promise<Response>
  /**
   * Puts a question to a person's device, once, when it is this question's turn (option `approvals`). The result
   * works in this process; `sealApproval` makes a text of it for others. Throws `ApprovalError`.
   */
  startApproval(question: AskOptions): Promise<PendingApproval>
  /**
   * Asks AuthSec once for the answer to a question of this process, or to a sealed one; wait
   * `pending.intervalSeconds` before each call. Throws `ApprovalError` when it is denied, expired or given up,
   * `pending_altered` for anything that this process did not ask, such as a copy, and `approval_invalid` for a
   * text that cannot be opened. With `question`, the answer to a question about anything else is not collected
   * (`approval_mismatch`).
   */
  pollApproval(pending: Unanswered, options?: PollOptions): Promise<ApprovalPoll>
  /**
   * Gives up a question that nobody waits for any more, so that its approver may be asked something else.
   * It stays on the device, because AuthSec cannot withdraw it (contract 3.6); an answer is not collected,
   * and it still counts as one that was not approved. Does nothing for a question that is
   * answered, or of another process. Throws `ApprovalError` (`pending_altered`).
   */
  cancelApproval(pending: PendingApproval): void
  cancelApproval(sealed: string): Promise<void>
  /**
   * Waits for the answer to a question that was asked before, at most `timeoutMs` (default 120 000): one timer for
   * all that wait in this process, one request per interval each. The result executes the call here, as `approved`,
   * or sealed in another process. Throws what `pollApproval` throws, `approval_timeout`, and the signal's reason: after
   * these two the question is still open, and may be waited for again or given up (`cancelApproval`).
   */
  waitForApproval(pending: Unanswered, options?: WaitLimits): Promise<Approval>
  /**
   * Uses up an approval for an action that is no call of this client: a tool of somebody else, a step of a
   * workflow. Carry out the action after it returned. Throws `ApprovalError` unless exactly the action of `question`
   * was approved and the approval was not used before; `approval_pending` while nobody has answered. With `undefined`
   * it asks without waiting, or carries on the open question with the same action, tool, thread and user.
   */
  useApproval(approved: Approved | undefined, question: ApprovalQuestion): Promise<void>
  /**
   * Seals a question, or an approval that was collected, as a text for a checkpoint, a cookie or a queue (JWE, RFC
   * 7516). Only clients of the same agent and server whose `approvals.keys` have the key can open it, until about a
   * minute after the question expires, or 15 minutes after the approval was collected. It holds no token.
   */
  sealApproval(approval: PendingApproval | Approval): Promise<string>
  /** What may be shown of a question of this process or a sealed one, without asking AuthSec. Throws `ApprovalError` for a sealed one that cannot be opened or is too old. */
  viewApproval(pending: Unanswered): Promise<ApprovalView>
  /**
   * Answers a ping of the server (CIBA Core 10.2; option `ciba.notificationToken`): 204, or 401 for a caller who does
   * not know the token. A ping decides nothing. Whoever waits for the answer in this process polls at once; an
   * unknown question is ignored. Public AuthSec servers send no pings yet.
   */
  handleApprovalPing(request: Request): Promise<Response>
  /** Puts a question and waits for the answer, at most `timeoutMs` (default 120 000). Throws `ApprovalError` unless it is approved. */
  requestApproval(
    question: ApprovalQuestion & { timeoutMs?: number | undefined },
  ): Promise<Approval>
  /**
   * Exchanges the delegation token for cloud credentials (contract 4). `@authsec/core/cloud` wraps it
   * for the clouds' own SDKs. Throws `CloudExchangeError`; public AuthSec servers do not offer it yet.
   */
  exchangeCloudCredentials: ExchangeCloudCredentials
  /** Ends what waits for the token. The last client of an agent drops the token and ends its request. */
  close(): Promise<void>
}

export interface ResourceSummary {
  readonly name: string
  readonly methods: readonly string[]
  /** Whether the resource has an approval rule. */
  readonly requiresApproval: boolean
}
