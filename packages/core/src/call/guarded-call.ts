import type { ApprovalContext, CallApprovals } from '../approval/call-approval.ts'
import type { ClientConfig } from '../config/config.ts'
import { ApprovalError, failureFacts } from '../errors.ts'
import type { OnEvent } from '../events.ts'
import type { HttpRequest } from '../http/send-request.ts'
import type { Transport } from '../http/transport.ts'
import type { Budgets } from '../policy/budgets.ts'
import type { PlannedCall } from '../policy/plan-call.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import type { TokenSource } from '../token/token-source.ts'
import { type ApiAnswer, type ApiCall, callApi, isReplayable } from './api-call.ts'
import { checkToken } from './check-token.ts'
import { type GuardedCall, guardedSend } from './guarded-send.ts'
import { asResourceError } from './transport-error.ts'

/** The parts of a client that calls of protected APIs need. */
export interface CallParts {
  readonly config: ClientConfig
  readonly transport: Transport
  readonly tokens: TokenSource
  readonly approvals: CallApprovals
  /** Shared by all calls of a client, through `secureFetch` and `client.fetch` alike. */
  readonly budgets: Budgets
  readonly emit: OnEvent
}

interface WayOfCalling<Answer, Result> {
  readonly approval: ApprovalContext
  /** One attempt; the pipeline decides about retries and redirects. */
  readonly sendOnce: (request: HttpRequest) => Promise<Answer>
  readonly complete: GuardedCall<Answer, Result>['complete']
}

/** Sends a planned call of a protected API through the pipeline. */
export function guardedCall<Answer extends ApiAnswer, Result>(
  { config: { clock, resources }, tokens, approvals, emit }: CallParts,
  call: PlannedCall,
  { approval, sendOnce, complete }: WayOfCalling<Answer, Result>,
): Promise<Result> {
  return guardedSend<Answer, Result>(
    { tokens, clock, emit },
    {
      signal: call.http.signal,
      checkToken: (token) => checkToken(token, call),
      approve: call.approval && (() => approvals.approve(call, approval)),
      send: (token) =>
        callApi(sendOnce, clock, { ...withBearer(call, token), resources }).catch(
          (error: unknown) => {
            throw asResourceError(error, call.resource, call.http)
          },
        ),
      isRejected: ({ status }) => status === 401 && isReplayable(call.http),
      discard: (answer) => answer.discard?.(),
      complete,
      failed: (error, durationMs) => ({
        type: isPending(error) ? 'request.suspended' : 'request.failed',
        ...callName(call),
        ...failureFacts(error),
        durationMs,
      }),
    },
  )
}

/** Nothing failed: the call is carried on when a person has answered. */
function isPending(error: unknown): boolean {
  return ApprovalError.isInstance(error) && error.code === 'approval_pending'
}

function withBearer(
  { resource, http, approval, maxRedirects }: PlannedCall,
  token: DelegationToken,
): Omit<ApiCall, 'resources'> {
  const headers = { ...http.headers, authorization: `Bearer ${token.value}` }
  return { resource, maxRedirects, http: { ...http, headers }, mayRepeat: !approval }
}

/** How events name a call. */
export function callName({ resource, route, http }: PlannedCall): {
  resource: string
  route: string
  method: string
} {
  return { resource: resource.name, route, method: http.method }
}
