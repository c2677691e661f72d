import { type FetchBody, unsupported } from '../bodies/fetch-body.ts'
import type { BodyEncoding, EncodedBody } from '../bodies/request-body.ts'
import { assertBodyAllowed, requestBody } from '../bodies/request-body.ts'
import type { HttpRequest } from '../http/send-request.ts'
import { type Query, resolveEndpoint } from './endpoint.ts'
import { assertHeadersApart, type FixedHeaders, mergedHeaders, secretsIn } from './fixed-headers.ts'
import { checkHeaders } from './request-headers.ts'
import { resourceError } from './resource-error.ts'
import { assertOwner, chooseResource, resourceForUrl } from './resource-owner.ts'
import {
  type ApprovalRule,
  checkApprovalRule,
  checkMethod,
  isSafeMethod,
  permissionList,
  type Resource,
  upperCaseMethod,
} from './resource-policy.ts'

/** A call of an endpoint below a configured resource. */
export interface EndpointRequest {
  readonly resource?: string | undefined
  readonly endpoint: string
  readonly method?: string | undefined
  readonly query?: Query | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly idempotencyKey?: string | undefined
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A call of a whole URL, in the terms of the standard `fetch`. */
export interface UrlRequest {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: FetchBody | undefined
  readonly signal: AbortSignal | undefined
  /** Whether redirects are followed as far as the resource allows. */
  readonly mayFollow: boolean
  readonly limits: StreamLimits
}

/** Bounds on one answer that is streamed. */
export interface StreamLimits {
  /** Largest body, in bytes after decoding. Default: `maxResponseBytes` of the resource. */
  readonly maxResponseBytes?: number | undefined
  /**
   * Longest wait for the API in the whole call, in milliseconds: retries, headers and every piece of the body. The
   * time that the reader takes does not count. Default: `timeoutMs` of the resource.
   */
  readonly timeoutMs?: number | undefined
  /** Longest wait for the headers, and for each further piece of the body, in milliseconds. Default: `timeoutMs` of the resource. */
  readonly idleTimeoutMs?: number | undefined
}

/** The guards of one call, in addition to the policy of its resource. */
export interface CallGuards {
  readonly permission?: string | readonly string[] | undefined
  readonly approval?: ApprovalRule | undefined
  readonly route?: string | undefined
  readonly values?: Readonly<Record<string, unknown>> | undefined
  /** Headers whose values a model chose. */
  readonly chosenHeaders?: Readonly<Record<string, string>> | undefined
  /** What is asked for instead of JSON, and a bound on the body in bytes below that of the resource. */
  readonly answer?: AcceptedAnswer | undefined
  /** Headers that the developer fixed for the operation. They replace those of the resource. */
  readonly fixedHeaders?: FixedHeaders | undefined
  readonly callKey?: CallKey | undefined
  /** How the body is written. Default: JSON. */
  readonly encoding?: BodyEncoding | undefined
}

interface AcceptedAnswer {
  readonly accept?: string | undefined
  readonly maxBytes?: number | undefined
}

/** A key by which the API knows the attempts of one call as one execution. */
export interface CallKey {
  readonly header: string
  readonly value: string
}

/** All of a call but the bearer, fixed: what is approved is what is sent. */
export interface PlannedCall {
  readonly resource: Resource
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
  /** Those of the headers whose values a model chose, in lower case. */
  readonly chosenHeaders: Readonly<Record<string, string>> | undefined
  /** Those that the developer fixed for the resource and the operation. */
  readonly fixedHeaders: FixedHeaders | undefined
  /** What an approval is for in place of the body that is sent. Default: the body. */
  readonly approvedBody?: EncodedBody['approved'] | undefined
  /** Values of headers that are credentials: removed from the answer. */
  readonly secrets: readonly string[]
  /** What the token must carry: the resource's permissions and the call's. */
  readonly permissions: readonly string[]
  /** The rule that requires an approval of this call, if one does. */
  readonly approval: ApprovalRule | undefined
  readonly maxRedirects: number
  readonly http: Readonly<HttpRequest>
}

/** Plans a call of an endpoint: refuses what must not be sent, and fixes everything that will be. Pure. */
export function planCall(
  resources: readonly Resource[],
  request: EndpointRequest,
  guards: CallGuards = {},
): PlannedCall {
  const resource = chooseResource(resources, request.resource)
  const url = resolveEndpoint(resource.baseUrl, request.endpoint, request.query)
  assertOwner(resources, resource, url)
  const method = checkMethod(resource, upperCaseMethod(request.method))
  const body = requestBody(method, request.body, guards.encoding)
  const { idempotencyKey } = request
  const { chosenHeaders, callKey, answer = {} } = guards
  const { fixedHeaders: own } = guards
  assertHeadersApart(resource, { chosen: chosenHeaders, fixed: own, key: callKey?.header })
  const chosen = chosenHeaders && checkHeaders(chosenHeaders, resource.callIdHeader)
  const fixed = mergedHeaders(resource, own)
  const headers = {
    accept: answer.accept ?? 'application/json',
    ...(body !== undefined && { 'content-type': body.contentType }),
    ...fixed,
    ...checkHeaders(
      {
        ...request.headers,
        ...chosen,
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(callKey && { [callKey.header.toLowerCase()]: callKey.value }),
      },
      resource.callIdHeader,
    ),
  }
  const { timeoutMs = resource.timeoutMs, signal } = request
  const values = guards.values ?? request.query ?? {}
  const { maxResponseBytes } = resource
  const maxBytes = Math.min(maxResponseBytes, answer.maxBytes ?? maxResponseBytes)
  const isKeyed = callKey !== undefined
  const http = { method, url, headers, body: body?.bytes, timeoutMs, maxBytes, signal, isKeyed }
  const call = planned(resource, http, {
    ...guards,
    values,
    chosenHeaders: chosen,
    fixedHeaders: fixed,
  })
  return body?.approved ? Object.freeze({ ...call, approvedBody: body.approved }) : call
}

/** Plans a call of a URL. Refuses URLs that are below no configured resource. Pure. */
export function planFetch(
  resources: readonly Resource[],
  request: UrlRequest,
  guards: CallGuards = {},
): PlannedCall {
  const url = URL.parse(request.url)
  if (!url) {
    throw resourceError(
      'resource_unknown',
      'This is not an absolute URL, so no token is sent to it.',
      'Give the whole URL, or use secureFetch with an endpoint.',
    )
  }
  const resource = resourceForUrl(resources, url)
  const method = checkMethod(resource, upperCaseMethod(request.method))
  const { body, signal, limits } = request
  if (body) assertBodyAllowed(method)
  const fixed = mergedHeaders(resource, guards.fixedHeaders)
  // The program's own value comes first.
  const headers = { ...fixed, ...checkHeaders(request.headers, resource.callIdHeader) }
  if (body?.type !== undefined) headers['content-type'] ??= body.type
  const { maxResponseBytes: maxBytes = resource.maxResponseBytes } = limits
  // The deadline of the headers; that of the body begins with it and may last longer.
  const { timeoutMs: total = resource.timeoutMs, idleTimeoutMs = resource.timeoutMs } = limits
  const timeoutMs = Math.min(total, idleTimeoutMs)
  const http = { method, url, headers, body: sendable(body), timeoutMs, maxBytes, signal }
  const call = planned(resource, http, { ...guards, fixedHeaders: fixed })
  if (call.approval && body?.kind === 'stream') {
    throw unsupported(
      'A stream cannot be approved, because nobody knows what it will send.',
      'Pass the whole body, or a Request with it: at most 16 MiB.',
    )
  }
  return request.mayFollow ? call : Object.freeze({ ...call, maxRedirects: 0 })
}

/** Pieces are still to be read. */
function sendable(body: FetchBody | undefined): HttpRequest['body'] {
  if (body?.kind === 'bytes') return body.bytes
  return body?.kind === 'stream' ? body.stream : undefined
}

function planned(
  resource: Resource,
  http: HttpRequest,
  { permission, approval, route: named, values = {}, chosenHeaders, fixedHeaders }: CallGuards,
): PlannedCall {
  const { method, url } = http
  const route = named ?? url.pathname.slice(resource.baseUrl.pathname.length)
  return Object.freeze({
    resource,
    route,
    values,
    chosenHeaders,
    fixedHeaders,
    secrets: secretsIn(http.headers),
    permissions: permissionsOf(resource, permission),
    approval: requiredApproval({ resource, method, route, values }, approval),
    maxRedirects: resource.sameOriginRedirects,
    http: Object.freeze(http),
  })
}

function permissionsOf(resource: Resource, own: CallGuards['permission']): readonly string[] {
  if (own === undefined) return resource.permissions
  return Object.freeze([...new Set([...resource.permissions, ...permissionList(own)])])
}

/** The rule that requires an approval: the call's own, or the resource's for an unsafe method. */
function requiredApproval(
  {
    resource,
    method,
    route,
    values,
  }: Pick<PlannedCall, 'resource' | 'route' | 'values'> & {
    method: string
  },
  own: ApprovalRule | undefined,
): ApprovalRule | undefined {
  if (own !== undefined) checkApprovalRule(own, 'approval')
  const rule = own ?? resource.approval
  if (!rule) return undefined
  if (rule.when)
    return rule.when({ resource: resource.name, method, route, values }) ? rule : undefined
  return own || !isSafeMethod(method) ? rule : undefined
}
