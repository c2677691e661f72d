import { isAuthSecOrigin } from './authsec-origin.ts'

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Whether a host name, as in a `URL`, is that of the loopback interface. */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK.test(hostname)
}

/** A host name or address with or without a port, as `allowedHosts` takes it. */
export function isHost(value: unknown): boolean {
  return typeof value === 'string' && /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.test(value)
}

/**
 * The 403 for a host that is not this server, or `undefined`. A page that reaches the server through DNS
 * rebinding sends its own name. Loopback names must come with the port that the server listens on.
 */
export function refuseForeignHost(
  url: URL,
  port: number,
  allowedHosts: readonly string[],
): Response | undefined {
  const isOwn = isLoopbackName(url.hostname) && Number(url.port || 80) === port
  if (isOwn || allowedHosts.some((allowed) => isSameHost(allowed, url))) return undefined
  return refused(
    403,
    'host_refused',
    'The emulator does not have the name and port in Host. To accept them, use the option allowedHosts or --allow-host.',
  )
}

/** Without a port, every port is allowed. */
function isSameHost(allowed: string, { host, hostname, port }: URL): boolean {
  const name = allowed.toLowerCase()
  return name === hostname || name === host || (port === '' && name === `${hostname}:80`)
}

/**
 * The 403 for a request of a web page of another origin, or `undefined`. Browsers send `Origin` with every
 * POST (Fetch 3.2) and `Sec-Fetch-Site` with every request. Programs send neither. A preflight
 * of AuthSec's own pages changes nothing, and is answered as the server does (contract 0.1).
 */
export function refuseForeignPage(request: Request): Response | undefined {
  const origin = request.headers.get('origin')
  if (request.method === 'OPTIONS' && origin !== null && isAuthSecOrigin(origin)) return undefined
  const site = request.headers.get('sec-fetch-site')
  const isOwnOrigin = origin === null || origin === new URL(request.url).origin
  // `none` is a person who typed the address.
  const isOwnSite = site === null || site === 'same-origin' || site === 'none'
  if (isOwnOrigin && isOwnSite) return undefined
  return refused(403, 'origin_refused', 'Web pages of other origins may not call the emulator.')
}

/** Why the emulator itself, and not the server that it stands for, refuses a request. */
export type RefusalCode =
  | 'host_refused'
  | 'origin_refused'
  | 'credentials_refused'
  | 'form_required'
  | 'bad_request'
  | 'method_not_allowed'

export function refused(status: number, error: RefusalCode, description: string): Response {
  return Response.json({ error, error_description: description }, { status })
}
