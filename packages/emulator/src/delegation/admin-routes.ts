import { type Context, Hono } from 'hono'
import type { EmulatorSettings } from '../options.ts'
import { goTimestamp } from '../server/go-timestamp.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import type { DelegationStore } from './delegation.ts'
import type { Sessions } from './sessions.ts'

/** The calls of an administrator: delegate and revoke (contract 5). */
export function adminRoutes(
  settings: EmulatorSettings,
  store: DelegationStore,
  sessions: Sessions,
): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  app.use('/authsec/uflow/admin/*', sessions.guard)

  app.post('/authsec/uflow/admin/agents/:id/delegate-token', async (c) => {
    if (c.req.param('id') !== settings.clientId) return c.json({ error: 'Agent not found' }, 404)
    const body = await jsonBody(c)
    const audience = body['audience']
    if (typeof body['agent_type'] !== 'string' || !Array.isArray(audience)) {
      return c.json({ error: 'Invalid request body' }, 400)
    }
    if (audience.length === 0) return c.json({ error: 'audience is required' }, 500)
    const wanted = Number(body['ttl_seconds'] ?? 0)
    const ttlSeconds = wanted > 0 ? Math.min(wanted, settings.ttlSeconds) : settings.ttlSeconds
    const row = store.delegate({ audience: audience.map(String), ttlSeconds })
    return c.json({
      token: await row.token(),
      spiffe_id: row.spiffeId,
      expires_at: goTimestamp(row.expiresAt),
      permissions: row.permissions,
      audience: row.audience,
      ttl_seconds: row.ttlSeconds,
    })
  })

  app.post('/authsec/uflow/admin/agents/:id/revoke-token', (c) => {
    const id = c.req.param('id')
    if (id !== settings.clientId || !store.revoke()) {
      return c.json({ error: 'No active delegation token found for this agent' }, 404)
    }
    const message = 'Delegation token revoked successfully'
    return c.json({ status: 'revoked', client_id: id, message })
  })
  return app
}

async function jsonBody(c: Context): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
