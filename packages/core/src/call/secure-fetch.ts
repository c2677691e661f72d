import type { CallApprovals } from '../approval/call-approval.ts'
import type { ClientConfig } from '../config/config.ts'
import { errorCode } from '../errors.ts'
import type { OnEvent } from '../events.ts'
import { HttpFailure, type HttpResponse } from '../http/send-request.ts'
import type { Transport } from '../http/transport.ts'
import { type PlannedCall, planCall, type SecureFetchRequest } from '../policy/plan-call.ts'
import { checkToken } from '../policy/request-guard.ts'
import { createRunBudgets } from '../policy/run-budget.ts'
import type { Lazy } from '../support/lazy.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import type { GetTokenOptions, TokenSource } from '../token/token-source.ts'
import { callApi } from './api-call.ts'
import { readResponse, type SecureFetchResponse } from './response-guard.ts'
import { transportError } from './transport-error.ts'

export type SecureFetch = (request: SecureFetchRequest) => Promise<SecureFetchResponse>

export interface SecureFetchParts {
  config: ClientConfig
  transport: Transport
  tokens: TokenSource
  approvals: Lazy<CallApprovals>
  emit: OnEvent
}

/** One call of a protected API, in six steps. Throws `ResourceError`, `DelegationError`, `ApprovalError`, or the signal's reason. */
export function createSecureFetch(parts: SecureFetchParts): SecureFetch {
  const { config, transport, tokens, approvals, emit } = parts
  const { clock } = config
  const budgets = createRunBudgets(config.budget)

  return async function secureFetch(request) {
    const { signal, permission } = request
    // 1 resolve: what must not be sent ends here, before any I/O.
    const call = planCall(config.resources, request)
    const permittedToken = async (options?: GetTokenOptions): Promise<DelegationToken> =>
      checkToken(await tokens.get({ ...options, signal }), call.resource, permission)
    const releaseCall = budgets.take(request.run)
    const startedAt = clock.monotonic()
    let bytes = 0
    try {
      // 2 token, 3 permission
      let token = await permittedToken()
      // 4 approval: it may take minutes, so the token is asked for again.
      if (call.approval) {
        const { approve } = await approvals()
        await approve(call, call.approval)
        token = await permittedToken()
      }
      // 5 send
      let response = await send(call, token)
      // 6 once again after 401, if AuthSec has another token than the one that was refused
      if (response.status === 401) {
        const rejected = token
        token = await permittedToken({ rejected })
        const isNew = token.fingerprint !== rejected.fingerprint
        if (isNew) response = await send(call, token)
      }
      bytes = response.body.length
      return completed(call, response, token, startedAt)
    } catch (error) {
      const durationMs = clock.monotonic() - startedAt
      emit({ type: 'request.failed', ...nameOf(call), code: errorCode(error), durationMs })
      throw error
    } finally {
      releaseCall(bytes)
    }
  }

  function send(
    { resource, http, approval }: PlannedCall,
    token: DelegationToken,
  ): Promise<HttpResponse> {
    const headers = { ...http.headers, authorization: `Bearer ${token.value}` }
    const call = { resource, http: { ...http, headers }, mayRepeat: !approval }
    return callApi(transport, clock, call).catch((error: unknown) => {
      throw error instanceof HttpFailure ? transportError(error, resource) : error
    })
  }

  function completed(
    call: PlannedCall,
    response: HttpResponse,
    token: DelegationToken,
    startedAt: number,
  ): SecureFetchResponse {
    const result = readResponse(response, token, config.redactClientId)
    emit({
      type: 'request.completed',
      ...nameOf(call),
      status: response.status,
      durationMs: clock.monotonic() - startedAt,
      bytes: result.bytes,
      redacted: result.redacted,
    })
    return result
  }
}

function nameOf({ resource, route, http }: PlannedCall): {
  resource: string
  route: string
  method: string
} {
  return { resource: resource.name, route, method: http.method }
}
