import { type Context, Hono } from 'hono'
import { goLocalTimestamp, goTimestamp } from '../server/go-timestamp.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { jsonFields } from '../server/json-fields.ts'
import { parseUuid } from '../support/uuid.ts'
import type { Agent, AgentDirectory } from './agents.ts'
import { decideDelegation, type PolicyRecords } from './delegation-policies.ts'
import { type Sessions, tenantOf } from './sessions.ts'

const AGENTS = '/authsec/uflow/admin/agents'

/** The calls of an administrator: list the agents of a tenant, delegate and revoke (contract 5). */
export function adminRoutes(
  policies: PolicyRecords,
  agents: AgentDirectory,
  sessions: Sessions,
): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>()
  app.use('/authsec/uflow/admin/*', sessions.guard)
  app.get(AGENTS, (c) => {
    const { agent_type: type, status = 'Active' } = c.req.query()
    const listed = agents.all
      .filter((agent) => agent.tenantId === tenantOf(c.get('session')) && status === 'Active')
      .filter((agent) => !type || agent.agentType === type)
    return c.json({ agents: listed.map(agentRow), total: listed.length })
  })
  app.get(`${AGENTS}/:id`, (c) => {
    const agent = namedAgent(c, agents)
    return agent instanceof Response ? agent : c.json(agentRow(agent))
  })
  app.post(`${AGENTS}/:id/delegate-token`, (c) => delegate(c, agents, policies))
  app.post(`${AGENTS}/:id/revoke-token`, (c) => {
    const id = parseUuid(c.req.param('id'))
    if (!id) return c.json({ error: 'Invalid agent ID' }, 400)
    // This query compares the ID as text, so only the canonical form matches (contract 1.1).
    const agent = id.isCanonical ? namedAgent(c, agents) : undefined
    if (!agent || agent instanceof Response || !agent.store.revoke()) {
      return c.json({ error: 'No active delegation token found for this agent' }, 404)
    }
    const message = 'Delegation token revoked successfully'
    return c.json({ status: 'revoked', client_id: agent.clientId, message })
  })
  return app
}

/** The agent of the path, if it belongs to the administrator's tenant, or the error response. */
function namedAgent(c: Context<HonoEnv>, agents: AgentDirectory): Agent | Response {
  const id = parseUuid(c.req.param('id') ?? '')
  if (!id) return c.json({ error: 'Invalid agent ID' }, 400)
  const agent = id.isUrn ? undefined : agents.find(id.uuid)
  return agent?.tenantId === tenantOf(c.get('session'))
    ? agent
    : c.json({ error: 'Agent not found' }, 404)
}

/** The server checks the ID, then the body, then the agent, then the policy, and the audience last. */
async function delegate(
  c: Context<HonoEnv>,
  agents: AgentDirectory,
  policies: PolicyRecords,
): Promise<Response> {
  if (!parseUuid(c.req.param('id') ?? '')) return c.json({ error: 'Invalid agent ID' }, 400)
  const fields = await jsonFields(c, {
    required: ['agent_type'],
    requiredLists: ['audience'],
    numbers: ['ttl_seconds'],
  })
  if ('problem' in fields) return c.json({ error: `Invalid request: ${fields.problem}` }, 400)
  const agent = namedAgent(c, agents)
  if (agent instanceof Response) return agent
  const agentType = fields.text('agent_type')
  const { clientId } = agent
  const decision = decideDelegation(policies.rulesFor(agent.tenantId), {
    ...{ agentType, clientId },
    ttlSeconds: fields.number('ttl_seconds'),
  })
  if ('error' in decision) return c.json(decision, 403)
  const audience = fields.list('audience') ?? []
  if (audience.length === 0) {
    const details = 'audience is required'
    return c.json({ error: 'Failed to issue JWT-SVID', details }, 500)
  }
  return c.json(await delegationBody(agent, { ...decision, audience, agentType }))
}

async function delegationBody(
  agent: Agent,
  options: Parameters<Agent['store']['delegate']>[0],
): Promise<object> {
  const row = agent.store.delegate(options)
  return {
    token: await row.token(),
    spiffe_id: agent.spiffeId,
    // Of the running process, not of the database: nanoseconds and the local offset.
    expires_at: goLocalTimestamp(row.expiresAt),
    permissions: row.permissions,
    audience: row.audience,
    ttl_seconds: row.ttlSeconds,
  }
}

function agentRow(agent: Agent): object {
  const createdAt = goTimestamp(agent.createdAt)
  return {
    id: agent.clientId,
    client_id: agent.clientId,
    tenant_id: agent.tenantId,
    name: `${agent.agentType}-agent`,
    status: 'Active',
    active: true,
    client_type: 'ai_agent',
    agent_type: agent.agentType,
    spiffe_id: agent.spiffeId,
    created_at: createdAt,
    updated_at: createdAt,
  }
}
