import { timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { isLoopbackName, refused, refuseForeignPage } from '../server/web-guard.ts'

/** The page has no inline code, and loads nothing from elsewhere. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // `no-referrer` would make browsers send `Origin: null` with a form.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
}

export const consoleHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value)
}

/**
 * Refuses every request that is not of a person at this computer: other names in `Host`, those of
 * `allowedHosts` among them, pages of other origins unless they open it in a tab, and requests with credentials. An agent's calls carry a
 * bearer token, so no tool of a model can read or press anything here.
 */
export const refuseOthers: MiddlewareHandler = async (c, next) => {
  const { raw } = c.req
  if (!isLoopbackName(new URL(raw.url).hostname)) {
    return refused(403, 'host_refused', 'The console answers to loopback names only.')
  }
  if (c.req.header('authorization') !== undefined) {
    return refused(403, 'credentials_refused', 'The console is for people. Omit Authorization.')
  }
  const isReading = c.req.method === 'GET'
  // A browser sends `Origin` with every POST, whatever its content type (Fetch 3.2).
  if (!isReading && c.req.header('origin') === undefined) {
    return refused(403, 'origin_refused', 'A change needs the Origin of the console.')
  }
  return opensTab(c) ? next() : (refuseForeignPage(raw) ?? next())
}

/**
 * Whether a link of another page opens the console in a tab of its own (Fetch Metadata 2), as the link of an agent
 * that waits for an approval does. That page can neither read the tab nor frame it.
 */
function opensTab(c: Context): boolean {
  return (
    c.req.method === 'GET' &&
    c.req.path === '/' &&
    c.req.header('origin') === undefined &&
    c.req.header('sec-fetch-mode') === 'navigate' &&
    c.req.header('sec-fetch-dest') === 'document'
  )
}

/** Whether a form has the secret that only pages of this process have. */
export function hasSecret(given: string | undefined, csrf: string): boolean {
  const [left, right] = [Buffer.from(given ?? ''), Buffer.from(csrf)]
  return left.length === right.length && timingSafeEqual(left, right)
}
