import { Buffer } from '#runtime/platform/bytes'
import type { AuthSecError } from '../errors.ts'
import type { CallTarget, ErrorReasons } from '../events.ts'
import { HttpFailure } from '../http/http-failure.ts'
import { type HttpResponse, sendRequest } from '../http/send-request.ts'
import { askedTarget } from '../identity/asked-target.ts'
import { type PlannedCall, planCall } from '../policy/plan-call.ts'
import type { BudgetUse } from '../policy/run-budget.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { CallTrace, callStep } from './call-trace.ts'
import { checkToken } from './check-token.ts'
import { type CallParts, guardedCall, targetOf } from './guarded-call.ts'
import {
  type AnswerForm,
  type ReadResponse,
  readResponse,
  type SecureFetchResponse,
} from './response-guard.ts'
import {
  assertRequest,
  type CallContext,
  type CallPlan,
  type SecureFetchRequest,
} from './secure-fetch-request.ts'
import { unusableBody } from './transport-error.ts'

export interface SecureFetch {
  /** Settles a call and checks everything that needs no answer of the API. */
  plan(request: SecureFetchRequest, context?: CallContext): Promise<CallPlan>
  /** Plans the call and sends it. */
  send(request: SecureFetchRequest, context?: CallContext): Promise<SecureFetchResponse>
}

/** Calls of endpoints below configured resources, with JSON in and out. */
export function createSecureFetch(parts: CallParts): SecureFetch {
  return {
    plan: (request, context) => planned(parts, request, context),
    send: (request, context) => sent(parts, request, context),
  }
}

async function planned(
  parts: CallParts,
  request: SecureFetchRequest,
  context?: CallContext,
): Promise<CallPlan> {
  const call = settle(parts, request, context)
  checkToken(await parts.tokens.get({ signal: request.signal }), call)
  const { permissions, approval } = call
  const { resource, method, route } = targetOf(call)
  const facts = { resource, method, route, permissions }
  if (!approval) return Object.freeze({ ...facts, status: 'ready' })
  return Object.freeze({
    ...facts,
    status: 'needs_approval',
    approval: parts.approvals.plan(call, approval, context),
  })
}

function sent(
  parts: CallParts,
  request: SecureFetchRequest,
  context: CallContext = {},
): Promise<SecureFetchResponse> {
  if (!parts.instrumentation?.call) return sendTraced(parts, request, context)
  const trace = new CallTrace(parts, context)
  return callStep(trace, () => sendTraced(parts, request, context, trace))
}

async function sendTraced(
  parts: CallParts,
  request: SecureFetchRequest,
  context: CallContext,
  trace: CallTrace = new CallTrace(parts, context),
): Promise<SecureFetchResponse> {
  let use: BudgetUse | undefined
  try {
    if (context.refusal) {
      throw refusalOf(context.refusal, () => settle(parts, request, context), trace)
    }
    const call = settle(parts, request, context)
    trace.target = targetOf(call)
    const taken = parts.budgets.take(context.run)
    use = taken
    return await guardedCall<HttpResponse, SecureFetchResponse>(parts, call, {
      trace,
      approval: { ...context, approved: request.approved },
      sendOnce: (http) => sendRequest(parts.transport, parts.clock, http).catch(withoutErrorPage),
      complete(response, token) {
        taken.addBytes(response.body.length)
        const { result, challenge } = contentOf(parts, response, token, {
          call,
          form: context.answer,
        })
        const { status, bytes, redacted } = result
        const facts = { ...trace.details(), status, bytes, redacted }
        trace.report({ type: 'request.completed', ...facts, ...reasonsOf(result, challenge) })
        return result
      },
    })
  } catch (error) {
    trace.refused(error, () => askedFor(parts, request, context))
    throw error
  } finally {
    use?.release()
  }
}

function contentOf(
  { config: { clientId } }: CallParts,
  response: HttpResponse,
  token: DelegationToken,
  { call, form }: { call: PlannedCall; form: AnswerForm | undefined },
): ReadResponse {
  const { http, secrets } = call
  try {
    return readResponse(response, token, { clientId, secrets, url: http.url, form })
  } catch (error) {
    throw unusableBody(error, http)
  }
}

/** What must not be sent ends here, before any I/O. */
function settle(
  { config }: CallParts,
  request: SecureFetchRequest,
  context: CallContext = {},
): PlannedCall {
  assertRequest(request)
  const { permission, approval } = request
  const { route, values, chosenHeaders, fixedHeaders, callKey, encoding, answer } = context
  const guards = {
    ...{ permission, approval, route, values, chosenHeaders, fixedHeaders },
    ...{ callKey, encoding, answer },
  }
  return planCall(config.resources, request, guards)
}

function askedFor(
  { config }: CallParts,
  request: SecureFetchRequest,
  context: CallContext,
): CallTarget {
  const { resource, method, endpoint: address } = request
  return askedTarget({ resource, method, address, route: context.route }, config)
}

/** What an adapter refuses is told with what the call would have been, if it is a call at all. */
function refusalOf(
  refusal: AuthSecError,
  settle: () => PlannedCall,
  trace: CallTrace,
): AuthSecError {
  try {
    trace.target = targetOf(settle())
  } catch {
    // What was asked for is told instead.
  }
  return refusal
}

/** For an error status the status is enough: a body that cannot be read takes nothing away from it. */
function withoutErrorPage(error: unknown): HttpResponse {
  if (!(error instanceof HttpFailure) || error.kind === 'timeout') throw error
  if (!error.answer || error.answer.status < 400) throw error
  const { status, headers } = error.answer
  return { status, headers, body: Buffer.alloc(0) }
}

/** Only what there is: most calls succeed. */
function reasonsOf(
  { detail, tokenProblem }: SecureFetchResponse,
  challenge: string | undefined,
): ErrorReasons {
  return {
    ...(detail !== undefined && { detail }),
    ...(challenge !== undefined && { challenge }),
    ...(tokenProblem !== undefined && { tokenProblem }),
  }
}
