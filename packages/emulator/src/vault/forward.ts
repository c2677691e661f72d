import type { Context } from 'hono'
import type { HonoEnv } from '../server/hono-env.ts'
import type { Clock } from '../support/clock.ts'
import type { ForwardTarget } from './forward-target.ts'
import { handlerFailed, type OwnRouteErrorCode } from './route-answer.ts'

/** How long the API at the forward address may take for its headers. */
const LIMIT_MS = 30_000

/** Headers of one connection (RFC 9110, section 7.6.1), and those that the next connection sets itself. */
const CONNECTION_HEADERS = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'host', 'content-length', 'expect', 'content-encoding', 'accept-encoding'],
]

/** Answers a request whose token is verified with what the target makes of it. Follows no redirect. */
export async function forward(
  c: Context<HonoEnv>,
  target: ForwardTarget,
  { root, clock }: { readonly root: string; readonly clock: Clock },
): Promise<Response> {
  const { pathname, search } = new URL(c.req.url)
  const rest = pathname.slice(root.length - 1) + search
  if (typeof target === 'string') {
    return callApi(c, await nextRequest(c, target.replace(/\/$/, '') + rest), clock)
  }
  try {
    return await target(await nextRequest(c, new URL(c.req.url).origin + rest))
  } catch (error) {
    return handlerFailed(c, error)
  }
}

/** The same request for another URL, bearer token included: the API may verify it too. */
async function nextRequest(c: Context<HonoEnv>, url: string): Promise<Request> {
  const { method, signal, headers: given } = c.req.raw
  const headers = new Headers(given)
  // The body is passed on as it came, so its encoding stays.
  for (const name of CONNECTION_HEADERS) if (name !== 'content-encoding') headers.delete(name)
  headers.set('accept-encoding', 'identity')
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? await c.req.raw.arrayBuffer() : null
  return new Request(url, { method, headers, body, signal, redirect: 'manual' })
}

async function callApi(c: Context<HonoEnv>, request: Request, clock: Clock): Promise<Response> {
  const limit = new AbortController()
  const cancel = clock.setTimeout(() => limit.abort(), LIMIT_MS, { keepAlive: false })
  try {
    const signal = AbortSignal.any([request.signal, limit.signal])
    const answer = await fetch(request, { signal })
    const response = new Response(answer.body, answer)
    // Node's fetch has decoded the body.
    for (const name of CONNECTION_HEADERS) response.headers.delete(name)
    return response
  } catch {
    // When the caller has aborted, nobody receives this.
    const isLate = limit.signal.aborted
    const problem = isLate ? 'did not respond in 30 seconds' : 'cannot be reached'
    const error_description = `The API at the address in the option forward ${problem}.`
    const error: OwnRouteErrorCode = 'bad_gateway'
    return c.json({ error, error_description }, isLate ? 504 : 502)
  } finally {
    cancel()
  }
}
