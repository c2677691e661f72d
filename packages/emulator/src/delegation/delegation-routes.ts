import { Hono } from 'hono'
import type { JWTPayload } from 'jose'
import { DELEGATION_PATH } from '../faults/fault-queue.ts'
import { type EmulatorSettings, tenantField } from '../options.ts'
import { goTimestamp } from '../server/go-timestamp.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { parseUuid } from '../support/uuid.ts'
import type { Agent, AgentDirectory } from './agents.ts'
import type { Delegation } from './delegation.ts'
import { isAdmin, type Sessions, tenantOf } from './sessions.ts'

const HINT =
  'Use POST /authsec/uflow/admin/agents/:id/delegate-token to delegate a token to this agent'

/**
 * The token endpoint. It returns the stored delegation with the statuses of the server (contract 1).
 * The newer server requires a session (contract 1.3).
 */
export function delegationRoutes(
  settings: EmulatorSettings,
  agents: AgentDirectory,
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
    const form = parseUuid(id)
    if (!form) return c.json({ error: 'Invalid client_id format' }, 400)
    const agent = form.isUrn ? undefined : agents.find(form.uuid)
    if (agent) c.env.facts.clientId = agent.clientId
    if (!agent && !isNewer) {
      const details = `client_id ${id} not found in tenant_mappings`
      return c.json({ error: 'Client not found', details }, 404)
    }
    const row = agent?.store.current()
    const mayRead = !isNewer || mayReadDelegation(c.get('session'), agent)
    if (!agent || row?.status !== 'active' || !form.isCanonical || !mayRead) {
      return c.json({ error: 'No active delegation token found', details: HINT }, 404)
    }
    if (Math.floor(row.expiresAt) <= settings.clock.now()) {
      agent.store.markExpired()
      const expired_at = goTimestamp(row.expiresAt)
      return c.json({ error: 'Delegation token has expired', expired_at, details: HINT }, 410)
    }
    return c.json(await answer(row, agent, settings))
  })
  return app
}

/** The newer server returns a delegation to administrators of the agent's workspace (contract 1.3). */
function mayReadDelegation(session: JWTPayload, agent: Agent | undefined): boolean {
  return isAdmin(session) && agent?.tenantId === tenantOf(session)
}

async function answer(row: Delegation, agent: Agent, settings: EmulatorSettings): Promise<object> {
  return {
    token: await row.token(),
    spiffe_id: agent.spiffeId,
    permissions: row.permissions,
    audience: row.audience,
    expires_at: goTimestamp(row.expiresAt),
    ttl_seconds: row.ttlSeconds,
    client_id: agent.clientId,
    ...tenantField(settings, agent.tenantId),
    status: row.status,
    issued_at: goTimestamp(row.createdAt),
    updated_at: goTimestamp(row.updatedAt),
  }
}
