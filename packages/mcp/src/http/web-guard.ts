import { localhostAllowedHostnames, validateHostHeader } from '@modelcontextprotocol/server'

export interface WebGuardOptions {
  /** Further host names that are accepted in `Host`, without port. Loopback names always are. */
  allowedHosts?: readonly string[] | undefined
  /** Web origins that may call, exactly as browsers send them. Default: the server's own, which serves no page. */
  allowedOrigins?: readonly string[] | undefined
}

/**
 * Keeps web pages out: a page that reaches this server through DNS rebinding sends a foreign `Host`,
 * any other page sends its `Origin` (Fetch 3.2). Programs send no `Origin`. Returns the rejectedResponse.
 */
export function refuseForeignWeb(request: Request, options: WebGuardOptions): Response | undefined {
  const names = [...localhostAllowedHostnames(), ...(options.allowedHosts ?? [])]
  if (!validateHostHeader(request.headers.get('host'), names).ok) {
    return rejectedResponse('host_refused', 'This server does not go by the name in Host.')
  }
  const origin = request.headers.get('origin')
  if (origin === null || isAllowedOrigin(origin, request, options)) return undefined
  return rejectedResponse('origin_refused', 'Web pages of this origin may not call this server.')
}

/** Lets pages of allowed origins read the answer. */
export function withCors(request: Request, response: Response): Response {
  const origin = request.headers.get('origin')
  if (origin === null) return response
  const headers = new Headers(response.headers)
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-expose-headers', 'mcp-session-id, www-authenticate')
  headers.append('vary', 'origin')
  return new Response(response.body, { status: response.status, headers })
}

/** The answer to a browser's question whether a page may call at all; the guard has said yes. */
export function preflight(request: Request): Response {
  const headers = {
    'access-control-allow-methods': 'POST, GET, DELETE',
    'access-control-allow-headers':
      request.headers.get('access-control-request-headers') ?? 'content-type',
    'access-control-max-age': '600',
  }
  return new Response(null, { status: 204, headers })
}

function isAllowedOrigin(origin: string, request: Request, options: WebGuardOptions): boolean {
  if (options.allowedOrigins?.includes(origin)) return true
  // Scheme, name and port must all be the server's own: another local port is another program.
  return origin === `http://${request.headers.get('host')}`
}

export function rejectedResponse(code: string, message: string, status = 403): Response {
  return Response.json({ error: code, error_description: message }, { status })
}
