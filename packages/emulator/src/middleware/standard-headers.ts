import type { MiddlewareHandler } from 'hono'
import type { HonoEnv } from '../server/hono-env.ts'

const SECURITY_HEADERS = {
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '1; mode=block',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'content-security-policy': "default-src 'self'; object-src 'none'; frame-ancestors 'none'",
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), gyroscope=(), payment=()',
}

/** The security headers of each response, and the charset of JSON (contract 0.1). */
export const standardHeaders: MiddlewareHandler<HonoEnv> = async (c, next) => {
  await next()
  const { headers } = c.res
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value)
  if (headers.get('content-type') === 'application/json' && !c.get('hasBareType')) {
    headers.set('content-type', 'application/json; charset=utf-8')
  }
}
