import { Hono } from 'hono'
import { DELEGATION_PATH } from '../faults/fault-queue.ts'
import { type EmulatorSettings, tenantField } from '../options.ts'
import { goTimestamp } from '../server/go-timestamp.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import type { Delegation, DelegationStore } from './delegation.ts'
import { isAdmin, type Sessions } from './sessions.ts'

const HINT =
  'Use POST /authsec/uflow/admin/agents/:id/delegate-token to delegate a token to this agent'

/**
 * The token endpoint. It returns the stored delegation with the statuses of the server (contract 1).
 * The newer server requires a session (contract 1.3).
 */
export function delegationRoutes(
  settings: EmulatorSettings,
  store: DelegationStore,
  sessions: Sessions,
): Hono<HonoEnv> {
  const isNewer = settings.profile === 'workspace'
  const app = new Hono<HonoEnv>()
  if (isNewer) app.use(DELEGATION_PATH, sessions.guard)
  app.get(DELEGATION_PATH, async (c) => {
    const id = c.req.query('client_id') || c.req.header('x-client-id') || ''
    if (id === '') {
      return c.json({ error: 'client_id is required (query param or X-Client-ID header)' }, 400)
    }
    const form = uuidForm(id)
    if (!form) return c.json({ error: 'Invalid client_id format' }, 400)
    const isMapped = form.uuid === settings.clientId && !form.isUrn
    if (!isMapped && !isNewer) {
      const details = `client_id ${id} not found in tenant_mappings`
      return c.json({ error: 'Client not found', details }, 404)
    }
    const row = store.current()
    const mayRead = !isNewer || isAdmin(c.get('session'))
    if (row?.status !== 'active' || !isMapped || !form.isCanonical || !mayRead) {
      return c.json({ error: 'No active delegation token found', details: HINT }, 404)
    }
    if (row.expiresAt <= settings.clock.now()) {
      store.markExpired()
      const expired_at = goTimestamp(row.expiresAt)
      return c.json({ error: 'Delegation token has expired', expired_at, details: HINT }, 410)
    }
    return c.json(await answer(row, settings))
  })
  return app
}

async function answer(row: Delegation, settings: EmulatorSettings): Promise<object> {
  return {
    token: await row.token(),
    spiffe_id: row.spiffeId,
    permissions: row.permissions,
    audience: row.audience,
    expires_at: goTimestamp(row.expiresAt),
    ttl_seconds: row.ttlSeconds,
    client_id: settings.clientId,
    ...tenantField(settings),
    status: row.status,
    issued_at: goTimestamp(row.createdAt),
    updated_at: goTimestamp(row.updatedAt),
  }
}

/** The forms of a UUID that the server's parser accepts. Its database finds only the canonical one (contract 1.1). */
function uuidForm(
  text: string,
): { uuid: string; isCanonical: boolean; isUrn: boolean } | undefined {
  const isUrn = /^urn:uuid:/i.test(text)
  const digits = text.replace(/^urn:uuid:/i, '').replace(/^\{(.*)\}$/, '$1')
  const match =
    /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i.exec(digits) ??
    /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(text)
  if (!match) return undefined
  const uuid = match.slice(1).join('-').toLowerCase()
  return { uuid, isCanonical: uuid === text, isUrn }
}
