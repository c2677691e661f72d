import { type Context, Hono } from 'hono'
import { DEFAULT_AGENT_TYPE } from '../delegation/agent-options.ts'
import type { AgentDirectory } from '../delegation/agents.ts'
import { type Sessions, tenantOf } from '../delegation/sessions.ts'
import { goTimestamp } from '../server/go-timestamp.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { jsonFields } from '../server/json-fields.ts'
import { parseUuid } from '../support/uuid.ts'

/** The call that registers an agent (contract 5). Every user session may make it. */
export function clientRoutes(agents: AgentDirectory, sessions: Sessions): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  const path = '/authsec/clientms/tenants/:tenantId/clients/create'
  app.post(path, sessions.guard, (c) => register(c, agents))
  return app
}

/** The tenant is that of the body or of the session: the server does not read the one in the path. */
async function register(c: Context<HonoEnv>, agents: AgentDirectory): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['name', 'email'],
    optional: ['tenant_id', 'client_type', 'agent_type', 'platform'],
  })
  if ('problem' in fields) return c.json({ error: fields.problem }, 400)
  const tenant = parseUuid(fields.text('tenant_id') || tenantOf(c.get('session')))
  if (!tenant) return c.json({ error: 'Invalid tenant_id format' }, 400)
  if (fields.text('client_type') !== 'ai_agent') {
    return c.json({ error: 'The emulator registers clients of the client_type ai_agent only' }, 400)
  }
  const agent = agents.register({
    clientId: crypto.randomUUID(),
    tenantId: tenant.uuid,
    agentType: fields.text('agent_type') || DEFAULT_AGENT_TYPE,
    delegated: false,
  })
  const body = {
    id: agent.clientId,
    client_id: agent.clientId,
    tenant_id: agent.tenantId,
    project_id: agent.tenantId,
    name: fields.text('name'),
    email: fields.text('email'),
    active: true,
    // As with a reachable SPIRE server: without one, the field is missing.
    spiffe_id: agent.spiffeId,
    created_at: goTimestamp(agent.createdAt),
    message: 'Client created successfully',
  }
  return c.json(body, 201)
}
