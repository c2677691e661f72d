import type { MiddlewareHandler } from 'hono'
import { isAuthSecOrigin } from '../server/authsec-origin.ts'
import type { HonoEnv } from '../server/hono-env.ts'

const HEADERS = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS, PATCH, HEAD',
  'access-control-allow-headers': 'Content-Type, Authorization, Accept, X-Client-ID',
  'access-control-allow-credentials': 'true',
  'access-control-max-age': '86400',
  vary: 'Origin',
}

/**
 * Preflights and the headers for browsers (contract 0.1). A foreign origin gets no headers, so a browser
 * keeps the response from the page. The server handles the request nevertheless.
 */
export const crossOrigin: MiddlewareHandler<HonoEnv> = async (c, next) => {
  const origin = c.req.header('origin')
  const isPreflight = c.req.method === 'OPTIONS'
  if (origin === undefined) return next()
  const isAllowed = isAuthSecOrigin(origin)
  if (isPreflight && !isAllowed) return c.body(null, 403)
  if (isAllowed) {
    c.header('access-control-allow-origin', origin)
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
  }
  return isPreflight ? c.body(null, 200) : next()
}
