import type { HttpRequest } from '../http/send-request.ts'
import { type Query, resolveEndpoint } from './endpoint.ts'
import { checkHeaders, encodeBody } from './request-guard.ts'
import {
  type ApprovalRule,
  assertOwner,
  checkMethod,
  chooseResource,
  isSafeMethod,
  type Resource,
} from './resource-policy.ts'

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
  /** Sent as `idempotency-key`: lets a call that changes something be repeated when its answer is lost. */
  idempotencyKey?: string | undefined
  /** Needed on top of what the resource demands. */
  permission?: string | readonly string[] | undefined
  /** A person must say yes first. Default: the resource's rule. */
  approval?: ApprovalRule | undefined
  /** How events and approvals name the call, such as a path template. Default: the endpoint. */
  route?: string | undefined
  /** The parameters an approval message may name. Default: those of the query. */
  values?: Readonly<Record<string, unknown>> | undefined
  /** The agent run whose budget the call uses up. Default: none, no limit. */
  run?: string | undefined
  /** Total time in milliseconds, repetitions included, waiting for an approval not. Default: the resource's. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** All of a call but the bearer, fixed: what is approved is what is sent. */
export interface PlannedCall {
  readonly resource: Resource
  readonly route: string
  readonly values: Readonly<Record<string, unknown>>
  readonly http: Readonly<HttpRequest>
  /** The rule that asks for this call, if one does. */
  readonly approval: ApprovalRule | undefined
}

/** Pure: refuses what must not be sent, and settles everything that will be. */
export function planCall(resources: readonly Resource[], request: SecureFetchRequest): PlannedCall {
  const resource = chooseResource(resources, request.resource)
  const url = resolveEndpoint(resource.baseUrl, request.endpoint, request.query)
  assertOwner(resources, resource, url)
  const method = checkMethod(resource, request.method ?? 'GET')
  const body = encodeBody(method, request.body)
  const route = request.route ?? url.pathname.slice(resource.baseUrl.pathname.length)
  const values = request.values ?? request.query ?? {}
  const headers = {
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...checkHeaders({
      ...request.headers,
      ...(request.idempotencyKey !== undefined && { 'idempotency-key': request.idempotencyKey }),
    }),
  }
  return Object.freeze({
    resource,
    route,
    values,
    approval: ruleFor({ resource, method, route, values }, request.approval),
    http: Object.freeze({
      method,
      url,
      headers,
      body,
      timeoutMs: request.timeoutMs ?? resource.timeoutMs,
      maxBytes: resource.maxResponseBytes,
      signal: request.signal,
    }),
  })
}

/** The rule that wants a person's yes to this call: its own, or the resource's for what changes something. */
export function ruleFor(
  call: Pick<PlannedCall, 'resource' | 'route' | 'values'> & { method: string },
  own?: ApprovalRule,
): ApprovalRule | undefined {
  const rule = own ?? call.resource.approval
  if (!rule) return undefined
  const { method, route, values } = call
  if (rule.when)
    return rule.when({ resource: call.resource.name, method, route, values }) ? rule : undefined
  return own || !isSafeMethod(method) ? rule : undefined
}
