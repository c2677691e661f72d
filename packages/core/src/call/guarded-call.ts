import type { ApprovalContext, CallApprovals } from '../approval/call-approval.ts'
import type { ClientConfig } from '../config/config.ts'
import type { CallTarget } from '../events.ts'
import type { HttpRequest } from '../http/send-request.ts'
import type { Transport } from '../http/transport.ts'
import type { Budgets } from '../policy/budgets.ts'
import type { PlannedCall } from '../policy/plan-call.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import type { TokenSource } from '../token/token-cells.ts'
import { type ApiAnswer, type ApiCall, callApi, isReplayable } from './api-call.ts'
import { type CallTrace, failedCall, type TraceParts } from './call-trace.ts'
import { checkToken } from './check-token.ts'
import { type GuardedCall, guardedSend } from './guarded-send.ts'
import { approvalStep, sendStep } from './instrumented-steps.ts'
import { asResourceError } from './transport-error.ts'

/** The parts of a client that calls of protected APIs need. */
export interface CallParts extends TraceParts {
  readonly config: ClientConfig
  readonly transport: Transport
  readonly tokens: TokenSource
  readonly approvals: CallApprovals
  /** Shared by all calls of a client, through `secureFetch` and `client.fetch` alike. */
  readonly budgets: Budgets
}

interface WayOfCalling<Answer, Result> {
  readonly trace: CallTrace
  readonly approval: ApprovalContext
  /** One attempt; the pipeline decides about retries and redirects. */
  readonly sendOnce: (request: HttpRequest) => Promise<Answer>
  readonly complete: GuardedCall<Answer, Result>['complete']
}

/** Sends a planned call of a protected API through the pipeline. */
export function guardedCall<Answer extends ApiAnswer, Result>(
  parts: CallParts,
  call: PlannedCall,
  { trace, approval, sendOnce, complete }: WayOfCalling<Answer, Result>,
): Promise<Result> {
  const { tokens, clock } = parts
  const { resources } = parts.config
  const counted: typeof sendOnce = (request) => {
    trace.attempts += 1
    return trace.instrumentation?.send ? sendStep(trace, sendOnce, request) : sendOnce(request)
  }
  return guardedSend<Answer, Result>(
    { tokens },
    {
      signal: call.http.signal,
      trace,
      checkToken: (token) => checkToken(token, call),
      approve:
        call.approval &&
        ((watch) =>
          approvalStep(trace, () =>
            parts.approvals.approve(call, namedCall(approval, trace), watch),
          )),
      send: (token) =>
        callApi(counted, clock, { ...withBearer(call, token, trace.callId), resources }).catch(
          (error: unknown) => {
            throw asResourceError(error, call.resource, call.http)
          },
        ),
      isRejected: ({ status }) => status === 401 && isReplayable(call.http),
      discard: (answer) => answer.discard?.(),
      complete,
      failed: (error) => failedCall(error, trace.details()),
    },
  )
}

/** The question has the ID of the call. */
function namedCall(approval: ApprovalContext, { callId }: CallTrace): ApprovalContext {
  return { ...approval, callId }
}

function withBearer(
  { resource, http, approval, maxRedirects }: PlannedCall,
  token: DelegationToken,
  callId: string,
): Omit<ApiCall, 'resources'> {
  const { callIdHeader } = resource
  const headers = {
    ...http.headers,
    ...(callIdHeader !== undefined && { [callIdHeader]: callId }),
    authorization: `Bearer ${token.value}`,
  }
  return { resource, maxRedirects, http: { ...http, headers }, mayRepeat: !approval }
}

/** How events name a call. */
export function targetOf({ resource, route, http, permissions }: PlannedCall): CallTarget {
  return { resource: resource.name, method: http.method, route, permission: permissions }
}
