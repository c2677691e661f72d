import type { Context, Hono, MiddlewareHandler } from 'hono'
import type { HonoEnv } from '../server/hono-env.ts'

/** The answer of the server's router: text, without a charset. Clients use it to detect a wrong base URL. */
export function pageNotFound(c: Context<HonoEnv>): Response {
  return c.body('404 page not found', 404, { 'content-type': 'text/plain' })
}

/** The server has no route for HEAD, and no 405 (contract 0.1). */
export const rejectHead: MiddlewareHandler<HonoEnv> = async (c, next) =>
  c.req.method === 'HEAD' ? pageNotFound(c) : next()

/** OPTIONS without an origin is no preflight. The server answers it on every path (contract 0.1). */
export const answerOptions: MiddlewareHandler<HonoEnv> = async (c, next) =>
  c.req.method === 'OPTIONS' ? c.body(null, 204) : next()

/**
 * Redirects a path with a trailing slash to the route without it, if there is one, before anything else
 * looks at the request (contract 0.1). Only a GET may change its method on the way (RFC 9110, 15.4.2).
 */
export function redirectTrailingSlash(app: Hono<HonoEnv>): MiddlewareHandler<HonoEnv> {
  return async (c, next) => {
    const { pathname, search } = new URL(c.req.url)
    const path = pathname.replace(/\/$/, '')
    if (path === pathname || !hasRoute(app, c.req.method, path)) return next()
    return c.redirect(path + search, c.req.method === 'GET' ? 301 : 307)
  }
}

function hasRoute(app: Hono<HonoEnv>, method: string, path: string): boolean {
  const parts = path.split('/')
  return app.routes.some((route) => {
    const wanted = route.path.split('/')
    const isSame = wanted.every((part, index) => part.startsWith(':') || part === parts[index])
    return route.method === method && wanted.length === parts.length && isSame
  })
}
