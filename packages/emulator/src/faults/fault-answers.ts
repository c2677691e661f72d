import type { Fault } from './fault.ts'

/** The statuses of responses that cannot have a body (RFC 9110, section 6.4.1). */
const BODILESS = [204, 205, 304]

export function otherStatus(fault: Extract<Fault, { kind: 'status' }>): Response {
  const { status, body = { error: `injected status ${status}` }, retryAfter } = fault
  const isText = typeof body === 'string'
  const headers = new Headers({
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    ...fault.headers,
  })
  const text = isText ? body : JSON.stringify(body)
  return new Response(BODILESS.includes(status) ? null : text, { status, headers })
}

export function redirect(location: string, status = 302): Response {
  return new Response(null, { status, headers: { location } })
}

export function html(): Response {
  const page = '<!doctype html>\n<title>Sign in</title>\n<p>Please sign in to the network.</p>\n'
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

/** More headers than a client should accept. Node's parser rejects more than 16 KiB. */
export function headersFlood(): Response {
  const response = Response.json({ ok: true })
  for (let index = 0; index < 64; index += 1) {
    response.headers.set(`x-flood-${index}`, 'f'.repeat(1024))
  }
  return response
}

/** Debug pages respond like this. A client that passes the body on leaks its token to a model. */
export function echo(request: Request, clientId: string): Response {
  const { pathname, search } = new URL(request.url)
  return Response.json({
    method: request.method,
    path: pathname + search,
    headers: Object.fromEntries(request.headers),
    client_id: clientId,
  })
}

export async function cutJson(response: Response): Promise<Response> {
  const text = await response.text()
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return new Response(text.slice(0, text.length >> 1), { headers })
}

export function shiftDate(response: Response, ms: number): Response {
  response.headers.set('date', new Date(ms).toUTCString())
  return response
}
