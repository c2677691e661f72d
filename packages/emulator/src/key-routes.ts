import { Hono } from 'hono'
import type { HonoEnv } from './hono-env.ts'
import type { EmulatorSettings } from './options.ts'
import { createSigningKey, type SigningKey } from './signing-keys.ts'

/**
 * The tenant bundle, whose key signs delegation tokens, and the well-known JWKS, whose key does not:
 * the documented recipe points at the second (contract 2.1).
 */
export function keyRoutes(
  settings: EmulatorSettings,
  tenantKey: SigningKey,
  decoyKey: SigningKey,
): Hono<HonoEnv> {
  /** The server makes a key for whatever tenant it is asked about. */
  const otherTenants = new Map<string, SigningKey>()
  const app = new Hono<HonoEnv>()
  app.get('/authsec/spiresvc/v1/jwt/bundle', async (c) => {
    const tenantId = c.req.query('tenant_id')
    if (!tenantId) {
      return c.json({ error: { code: 'BAD_REQUEST', message: 'tenant_id is required' } }, 400)
    }
    if (tenantId === settings.tenantId) return c.json(await tenantKey.jwks())
    const key = otherTenants.get(tenantId) ?? createSigningKey('default')
    if (otherTenants.size < 100) otherTenants.set(tenantId, key)
    return c.json(await key.jwks())
  })
  app.get('/authsec/.well-known/jwks.json', async (c) => c.json(await decoyKey.jwks()))
  return app
}
