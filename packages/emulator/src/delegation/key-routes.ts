import { type Handler, Hono } from 'hono'
import type { EmulatorSettings } from '../options.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { UUID } from '../support/uuid.ts'
import { createSigningKey, type SigningKey } from './signing-keys.ts'

const BUNDLE_PATH = '/authsec/spiresvc/v1/jwt/bundle'

/**
 * The tenant bundle, whose key signs delegation tokens, and the well-known JWKS, whose key does not.
 * The server's documents name the second (contract 2.1).
 */
export function keyRoutes(
  settings: EmulatorSettings,
  tenantKey: SigningKey,
  wellKnownKey: SigningKey,
): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  if (settings.profile === 'workspace') {
    app.get(BUNDLE_PATH, workspaceBundle(settings, tenantKey))
    return app
  }
  app.get(BUNDLE_PATH, tenantBundle(settings, tenantKey))
  app.get('/authsec/.well-known/jwks.json', async (c) => c.json(await wellKnownKey.jwks()))
  return app
}

/** The April server creates a key for each tenant ID that a request names. */
function tenantBundle(settings: EmulatorSettings, tenantKey: SigningKey): Handler<HonoEnv> {
  const otherTenants = new Map<string, SigningKey>()
  return async (c) => {
    const tenantId = c.req.query('tenant_id')
    if (!tenantId) return c.json(problem('BAD_REQUEST', 'tenant_id is required'), 400)
    if (tenantId === settings.tenantId) return c.json(await tenantKey.jwks())
    const key = otherTenants.get(tenantId) ?? createSigningKey('default')
    if (otherTenants.size < 100) otherTenants.set(tenantId, key)
    return c.json(await key.jwks())
  }
}

function workspaceBundle(settings: EmulatorSettings, tenantKey: SigningKey): Handler<HonoEnv> {
  return async (c) => {
    const workspaceId = c.req.query('workspace_id')
    if (!workspaceId) return c.json(problem('BAD_REQUEST', 'workspace_id is required'), 400)
    if (!UUID.test(workspaceId)) {
      return c.json(problem('BAD_REQUEST', 'workspace_id must be a UUID'), 400)
    }
    if (workspaceId.toLowerCase() !== settings.tenantId) {
      return c.json(problem('NOT_FOUND', 'workspace not found'), 404)
    }
    return c.json(await tenantKey.jwks())
  }
}

function problem(code: string, message: string): object {
  return { error: { code, message } }
}
