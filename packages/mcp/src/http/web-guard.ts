import { type OptionChecks, optionalList } from '@authsec/core/adapter'
import { localhostAllowedHostnames, validateHostHeader } from '@modelcontextprotocol/server'
import { rejectedResponse } from './rejected-response.ts'
import { textLike } from './server-address.ts'

/** Which host names and web origins may reach a server over HTTP. */
export interface WebGuardOptions {
  /** Further host names that are accepted in `Host`, without port. Loopback names always are. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Web origins that may call, exactly as browsers send them. Default: the server's own origin only. */
  readonly allowedOrigins?: readonly string[] | undefined
}

export const webGuardChecks: OptionChecks<WebGuardOptions> = {
  allowedHosts: optionalList(textLike(isHostName, 'a host name without scheme and port')),
  allowedOrigins: optionalList(textLike(isOrigin, 'an origin such as https://app.example.com')),
}

/** The SDK compares names without a port. */
export function isHostName(value: unknown): value is string {
  return typeof value === 'string' && /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)$/i.test(value)
}

export function isOrigin(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}

/**
 * The 403 for a web page that may not call, or `undefined`. A page that reaches this server through DNS
 * rebinding sends a foreign `Host`. Any other page sends its `Origin` (Fetch 3.2). Programs send no
 * `Origin`.
 */
export function refuseForeignWeb(request: Request, options: WebGuardOptions): Response | undefined {
  const names = [...localhostAllowedHostnames(), ...(options.allowedHosts ?? [])]
  if (!validateHostHeader(request.headers.get('host'), names).ok) {
    return rejectedResponse(
      'host_refused',
      'This server does not have the name in Host. To accept it, use the option allowedHosts or --allow-host.',
    )
  }
  const origin = request.headers.get('origin')
  if (origin === null || isAllowedOrigin(origin, request, options)) return undefined
  return rejectedResponse(
    'origin_refused',
    'Web pages of this origin may not call this server. To let them, use the option allowedOrigins or --allow-origin.',
  )
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

/** Answers a CORS preflight request (Fetch 3.2.2) of a page that `refuseForeignWeb` has let through. */
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
