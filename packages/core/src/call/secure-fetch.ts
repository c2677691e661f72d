import type { ErrorReasons } from '../events.ts'
import { HttpFailure } from '../http/http-failure.ts'
import { type HttpResponse, sendRequest } from '../http/send-request.ts'
import { type PlannedCall, planCall } from '../policy/plan-call.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { checkToken } from './check-token.ts'
import { type CallParts, callName, guardedCall } from './guarded-call.ts'
import { type ReadResponse, readResponse, type SecureFetchResponse } from './response-guard.ts'
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
  const { config, transport, tokens, approvals, budgets, emit } = parts

  async function plan(request: SecureFetchRequest, context?: CallContext): Promise<CallPlan> {
    const call = settle(request, context)
    checkToken(await tokens.get({ signal: request.signal }), call)
    const { permissions, approval } = call
    const facts = { ...callName(call), permissions }
    if (!approval) return Object.freeze({ ...facts, status: 'ready' })
    return Object.freeze({
      ...facts,
      status: 'needs_approval',
      approval: approvals.plan(call, approval, context),
    })
  }

  async function send(
    request: SecureFetchRequest,
    context: CallContext = {},
  ): Promise<SecureFetchResponse> {
    const call = settle(request, context)
    const use = budgets.take(context.run)
    try {
      return await guardedCall<HttpResponse, SecureFetchResponse>(parts, call, {
        approval: { ...context, approved: request.approved },
        sendOnce: (http) => sendRequest(transport, config.clock, http).catch(withoutErrorPage),
        complete(response, token, elapsedMs) {
          use.addBytes(response.body.length)
          const { result, challenge } = contentOf(response, token, call)
          const { status, bytes, redacted } = result
          const durationMs = elapsedMs()
          const facts = { ...callName(call), status, durationMs, bytes, redacted }
          emit({ type: 'request.completed', ...facts, ...reasonsOf(result, challenge) })
          return result
        },
      })
    } finally {
      use.release()
    }
  }

  function contentOf(
    response: HttpResponse,
    token: DelegationToken,
    { http }: PlannedCall,
  ): ReadResponse {
    try {
      return readResponse(response, token, config.redactClientId)
    } catch (error) {
      throw unusableBody(error, http)
    }
  }

  /** What must not be sent ends here, before any I/O. */
  function settle(request: SecureFetchRequest, context: CallContext = {}): PlannedCall {
    assertRequest(request)
    const { permission, approval } = request
    const { route, values } = context
    return planCall(config.resources, request, { permission, approval, route, values })
  }

  return { plan, send }
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
