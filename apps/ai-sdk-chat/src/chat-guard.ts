import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'

/** What the server of Node.js gives to a handler. */
export interface ChatEnv {
  readonly Bindings: HttpBindings
}

/** The page has no inline code and no inline style, and loads nothing from elsewhere. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
}

export const chatHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
}

/**
 * Refuses every request that is not of this page on this computer: a foreign name in `Host` (DNS rebinding),
 * pages of other origins, which other ports are, and changes without an `Origin`, which browsers send with
 * every POST (Fetch 3.2). A link from elsewhere may open the page itself.
 */
export const refuseOthers: MiddlewareHandler<ChatEnv> = async (c, next) => {
  const host = c.req.header('host') ?? ''
  if (!isOwnHost(host, c.env.incoming.socket.localPort)) {
    return refused(c, 403, 'host_refused', 'This server answers to loopback names only.')
  }
  const origin = c.req.header('origin')
  const isReading = c.req.method === 'GET'
  if (origin === undefined ? !isReading : origin !== `http://${host}`) {
    return refused(c, 403, 'origin_refused', 'Pages of other origins may not call this server.')
  }
  const isOwnSite = ['same-origin', 'none', undefined].includes(c.req.header('sec-fetch-site'))
  if (!isOwnSite && !opensTab(c)) {
    return refused(c, 403, 'origin_refused', 'Pages of other origins may not call this server.')
  }
  return next()
}

/** A link elsewhere opens the chat in a tab of its own (Fetch Metadata 2), which a frame is not. */
function opensTab(c: Context): boolean {
  return (
    c.req.method === 'GET' &&
    c.req.path === '/' &&
    c.req.header('sec-fetch-mode') === 'navigate' &&
    c.req.header('sec-fetch-dest') === 'document'
  )
}

function isOwnHost(host: string, ownPort: number | undefined): boolean {
  const [, port = '80'] = /^(?:127\.0\.0\.1|localhost)(?::(\d{1,5}))?$/i.exec(host) ?? [host, '']
  return port !== '' && Number(port) === ownPort
}

/** What the page shows, and programs read. */
export function refused(
  c: Context,
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 500,
  error: string,
  message: string,
): Response {
  return c.json({ error, message }, status)
}
