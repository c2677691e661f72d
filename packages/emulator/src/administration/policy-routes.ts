import { type Context, Hono } from 'hono'
import type { AgentDirectory } from '../delegation/agents.ts'
import type { PolicyRecord, PolicyRecords } from '../delegation/delegation-policies.ts'
import { type Sessions, tenantOf } from '../delegation/sessions.ts'
import type { EmulatorSettings } from '../options.ts'
import { goTimestamp } from '../server/go-timestamp.ts'
import type { HonoEnv } from '../server/hono-env.ts'
import { jsonFields } from '../server/json-fields.ts'
import { parseUuid } from '../support/uuid.ts'

const PATH = '/authsec/uflow/delegation-policies'
const DEFAULT_AUDIENCE = ['authsec-api']

export interface PolicyParts {
  readonly settings: EmulatorSettings
  readonly agents: AgentDirectory
  readonly sessions: Sessions
  readonly policies: PolicyRecords
}

/** The calls that list delegation policies and make one (contract 5). */
export function policyRoutes(parts: PolicyParts): Hono<HonoEnv> {
  const { sessions, policies } = parts
  const app = new Hono<HonoEnv>()
  app.get(PATH, sessions.guard, (c) => {
    const own = policies.all.filter(({ tenantId }) => tenantId === tenantOf(c.get('session')))
    return c.json(own.map(policyRow))
  })
  app.post(PATH, sessions.guard, (c) => create(c, parts))
  return app
}

async function create(c: Context<HonoEnv>, parts: PolicyParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['role_name', 'agent_type'],
    optional: ['client_id'],
    lists: ['allowed_permissions', 'audience'],
    flags: ['enabled'],
    numbers: ['max_ttl_seconds'],
  })
  if ('problem' in fields) return c.json({ error: `Invalid request: ${fields.problem}` }, 400)
  const client = fields.text('client_id')
  const clientId = client === '' ? undefined : parseUuid(client)?.uuid
  if (client !== '' && clientId === undefined) return c.json({ error: 'Invalid client_id' }, 400)
  const maxTtlSeconds = fields.number('max_ttl_seconds') ?? 3_600
  if (maxTtlSeconds < 1) return c.json({ error: 'max_ttl_seconds must be positive' }, 400)
  const policy = parts.policies.add({
    tenantId: tenantOf(c.get('session')),
    roleName: fields.text('role_name'),
    agentType: fields.text('agent_type'),
    permissions: fields.list('allowed_permissions') ?? [],
    maxTtlSeconds,
    enabled: fields.flag('enabled', true),
    clientId,
    createdAt: parts.settings.clock.now(),
  })
  if (!policy) return c.json({ error: 'A policy of this role and agent type exists' }, 409)
  const issued = await issuedAtOnce(policy, fields.list('audience') ?? DEFAULT_AUDIENCE, parts)
  return c.json({ policy: policyRow(policy), ...issued }, 201)
}

/** The April server issues a token for a policy that names its agent, with exactly the permissions of the policy. */
async function issuedAtOnce(
  policy: PolicyRecord,
  audience: readonly string[],
  { settings, agents }: PolicyParts,
): Promise<object> {
  const { permissions, maxTtlSeconds: ttlSeconds, agentType, tenantId } = policy
  const agent = policy.clientId === undefined ? undefined : agents.find(policy.clientId)
  const isOwn = agent?.tenantId === tenantId && policy.enabled && permissions.length > 0
  if (settings.profile === 'workspace' || !agent || !isOwn) return {}
  const row = agent.store.delegate({ permissions, audience, ttlSeconds, agentType })
  return {
    delegate_token: {
      status: 'issued',
      token: await row.token(),
      spiffe_id: agent.spiffeId,
      expires_at: goTimestamp(row.expiresAt),
      permissions: row.permissions,
      audience: row.audience,
      ttl_seconds: row.ttlSeconds,
    },
  }
}

function policyRow(policy: PolicyRecord): object {
  const createdAt = goTimestamp(policy.createdAt)
  return {
    id: policy.id,
    tenant_id: policy.tenantId,
    role_name: policy.roleName,
    agent_type: policy.agentType,
    allowed_permissions: policy.permissions,
    max_ttl_seconds: policy.maxTtlSeconds,
    enabled: policy.enabled,
    ...(policy.clientId !== undefined && { client_id: policy.clientId }),
    created_at: createdAt,
    updated_at: createdAt,
  }
}
