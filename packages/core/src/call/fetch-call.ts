import { HttpFailure } from '../http/send-request.ts'
import { type StreamedResponse, streamRequest } from '../http/stream-request.ts'
import { ruleFor } from '../policy/plan-call.ts'
import { checkHeaders, checkToken } from '../policy/request-guard.ts'
import { resourceError } from '../policy/resource-error.ts'
import { checkMethod, type Resource, resourceForUrl } from '../policy/resource-policy.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import type { SecureFetchParts } from './secure-fetch.ts'
import { transportError } from './transport-error.ts'

/** A call of the standard `fetch`, as far as it counts here. */
export interface FetchCall {
  readonly url: string
  readonly method: string | undefined
  readonly headers: Headers
  /** Nobody else's: a body that can change is a copy. */
  readonly body: unknown
  readonly signal: AbortSignal | null | undefined
}

/** Sends calls of the standard `fetch` with the token, to configured resources alone. */
export function createFetchCall({
  config,
  transport,
  tokens,
  approvals,
}: Omit<SecureFetchParts, 'emit'>): (call: FetchCall) => Promise<Response> {
  return async function sendFetchCall(call) {
    const signal = call.signal ?? undefined
    const url = absoluteUrl(call.url)
    const resource = resourceForUrl(config.resources, url)
    const plan = {
      method: checkMethod(resource, (call.method ?? 'GET').toUpperCase()),
      url,
      body: replayableBody(call.body ?? undefined),
      timeoutMs: resource.timeoutMs,
      signal,
    }
    const named = {
      resource,
      route: url.pathname.slice(resource.baseUrl.pathname.length),
      values: {},
    }
    const rule = ruleFor({ ...named, method: plan.method })
    const given = checkHeaders(Object.fromEntries(call.headers))
    const send = (token: DelegationToken): Promise<StreamedResponse> => {
      const headers = { ...given, authorization: `Bearer ${token.value}` }
      return streamRequest(transport, config.clock, { ...plan, headers }).catch(
        (error: unknown) => {
          throw error instanceof HttpFailure ? transportError(error, resource) : error
        },
      )
    }
    const permittedToken = async (): Promise<DelegationToken> =>
      checkToken(await tokens.get({ signal }), resource, undefined)
    let token = await permittedToken()
    if (rule) {
      const { approve } = await approvals()
      await approve({ ...named, http: plan }, rule)
      token = await permittedToken()
    }
    const response = await send(token)
    if (response.status !== 401) return toResponse(response, resource)
    const fresh = await tokens.get({ rejected: token, signal })
    if (fresh.fingerprint === token.fingerprint) return toResponse(response, resource)
    response.discard()
    checkToken(fresh, resource, undefined)
    return toResponse(await send(fresh), resource)
  }
}

function absoluteUrl(text: string): URL {
  const url = URL.parse(text)
  if (url) return url
  throw resourceError(
    'resource_unknown',
    'This is not an absolute URL, so no token is sent to it.',
    'Give the whole URL, or use secureFetch with an endpoint.',
  )
}

/** Only bodies that can be sent a second time after a 401. */
function replayableBody(body: unknown): string | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || typeof body === 'string') return body
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>
  throw resourceError(
    'request_too_large',
    'This kind of request body is not supported.',
    'Send a string, URLSearchParams or a Uint8Array: a body must be replayable.',
  )
}

function toResponse(
  { status, headers, body, discard }: StreamedResponse,
  resource: Resource,
): Response {
  const hasNoBody = status === 204 || status === 205 || status === 304
  if (hasNoBody) discard()
  const { 'content-encoding': _decoded, 'content-length': _encoded, ...rest } = headers
  return new Response(hasNoBody ? null : ReadableStream.from(publicErrors(body, resource)), {
    status,
    headers: rest,
  })
}

/** What goes wrong while the body is read is said in the same words as before it. */
async function* publicErrors(
  body: AsyncIterable<Uint8Array>,
  resource: Resource,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw error instanceof HttpFailure ? transportError(error, resource) : error
  }
}
