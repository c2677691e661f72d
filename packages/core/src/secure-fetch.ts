import type { ClientConfig } from './config.ts'
import type { DelegationToken } from './delegation-token.ts'
import { errorCode, type OnEvent } from './events.ts'
import { HttpFailure, type HttpRequest, type HttpResponse, sendRequest } from './http.ts'
import { checkHeaders, checkToken, encodeBody } from './request-guard.ts'
import { transportError } from './resource-errors.ts'
import {
  assertOwner,
  checkMethod,
  chooseResource,
  type Query,
  type Resource,
  resolveEndpoint,
} from './resource-policy.ts'
import { jsonText, parseUntrustedJson, publicHeaders } from './response-guard.ts'
import { scrubSecrets } from './secret-scrubber.ts'
import type { TokenSource } from './token-source.ts'
import type { Transport } from './transport.ts'

export interface SecureFetchRequest {
  /** The configured resource to call. Default: the only one. */
  resource?: string | undefined
  /** A path below the resource's base URL, without a query. */
  endpoint: string
  /** Default: GET. */
  method?: string | undefined
  /** Sent URL-encoded; undefined values are left out. */
  query?: Query | undefined
  /** Sent as JSON, at most 256 KiB. */
  body?: unknown
  /** Further headers, set by the developer, never by a model. Reserved names are refused. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Needed on top of what the resource demands. */
  permission?: string | readonly string[] | undefined
  /** How events name the call, such as a path template. Default: the endpoint. */
  route?: string | undefined
  /** Total time in milliseconds. Default: the resource's. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

export interface SecureFetchResponse {
  /** Whether the status is 200 to 299. */
  ok: boolean
  status: number
  /** Content type, paging, rate limits and the request ID; nothing else. */
  headers: Readonly<Record<string, string>>
  /** The parsed JSON; `undefined` for an empty body, or a body of an error status that is not JSON. */
  data: unknown
  /** The JSON as it came, with secrets removed. */
  text: string
  /** Length of the body as received. */
  bytes: number
  /** Whether the API echoed the token or the client ID, and it was removed. */
  redacted: boolean
}

export type SecureFetch = (request: SecureFetchRequest) => Promise<SecureFetchResponse>

interface PlannedCall {
  resource: Resource
  route: string
  http: Omit<HttpRequest, 'headers'> & { headers: Record<string, string> }
}

/** One call of a protected API, in six steps. Throws `ResourceError`, `DelegationError`, or the signal's reason. */
export function createSecureFetch(
  config: ClientConfig,
  transport: Transport,
  tokens: TokenSource,
  emit: OnEvent,
): SecureFetch {
  const { clock } = config

  return async function secureFetch(request) {
    const { signal, permission } = request
    // 1 resolve: refused calls end here, before any I/O.
    const call = planCall(config.resources, request)
    const startedAt = clock.monotonic()
    try {
      // 2 token
      const token = await tokens.get({ signal })
      // 3 permission
      checkToken(token, call.resource, permission)
      // 4 and 5: send, bound to this exact call
      let used = token
      let response = await send(call, token)
      // 6 once again after 401, if AuthSec has another token than the one that was refused
      if (response.status === 401) {
        used = await tokens.get({ rejected: token, signal })
        checkToken(used, call.resource, permission)
        if (used.fingerprint !== token.fingerprint) response = await send(call, used)
      }
      return completed(call, response, used, startedAt)
    } catch (error) {
      const durationMs = clock.monotonic() - startedAt
      emit({ type: 'request.failed', ...nameOf(call), code: errorCode(error), durationMs })
      throw error
    }
  }

  function send(call: PlannedCall, token: DelegationToken): Promise<HttpResponse> {
    const headers = { ...call.http.headers, authorization: `Bearer ${token.value}` }
    return sendRequest(transport, clock, { ...call.http, headers }).catch((error: unknown) => {
      throw error instanceof HttpFailure ? transportError(error, call.resource) : error
    })
  }

  function completed(
    call: PlannedCall,
    response: HttpResponse,
    token: DelegationToken,
    startedAt: number,
  ): SecureFetchResponse {
    const result = readResponse(response, token, config.clientId)
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

function planCall(resources: readonly Resource[], request: SecureFetchRequest): PlannedCall {
  const resource = chooseResource(resources, request.resource)
  const url = resolveEndpoint(resource, request.endpoint, request.query)
  assertOwner(resources, resource, url)
  const method = checkMethod(resource, request.method ?? 'GET')
  const body = encodeBody(method, request.body)
  return {
    resource,
    route: request.route ?? url.pathname.slice(resource.baseUrl.pathname.length - 1),
    http: {
      method,
      url,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...checkHeaders(request.headers ?? {}),
      },
      body,
      timeoutMs: request.timeoutMs ?? resource.timeoutMs,
      maxBytes: resource.maxResponseBytes,
      signal: request.signal,
    },
  }
}

function readResponse(
  response: HttpResponse,
  token: DelegationToken,
  clientId: string,
): SecureFetchResponse {
  const { status, body } = response
  const ok = status >= 200 && status < 300
  const headers = publicHeaders(response.headers)
  const empty = { ok, status, headers, data: undefined, text: '', bytes: body.length }
  if (body.length === 0) return { ...empty, redacted: false }
  try {
    const { text, redacted } = scrubSecrets(jsonText(response), token, clientId)
    return { ...empty, data: parseUntrustedJson(text, status), text, redacted }
  } catch (error) {
    // The status of a failed call says enough; its page is nobody's business.
    if (ok) throw error
    return { ...empty, redacted: false }
  }
}

function nameOf({ resource, route, http }: PlannedCall): {
  resource: string
  route: string
  method: string
} {
  return { resource: resource.name, route, method: http.method }
}
