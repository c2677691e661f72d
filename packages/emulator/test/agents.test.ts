import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import type { EmulatorOptions } from '../src/index.ts'
import { bearer, delegationOf, inProcess, json, read, type TestServer } from './test-server.ts'

const AGENTS = '/authsec/uflow/admin/agents'

function pullOf(server: TestServer, clientId: string): ReturnType<typeof read> {
  return read(server.get(`/authsec/uflow/sdk/delegation-token?client_id=${clientId}`))
}

async function delegate(
  server: TestServer,
  id: string,
  body: unknown,
  tenantId?: string,
): ReturnType<typeof read> {
  const authorization = `Bearer ${await server.control.adminToken(tenantId)}`
  return read(server.get(`${AGENTS}/${id}/delegate-token`, json(body, { authorization })))
}

const BODY = { agent_type: 'langchain', audience: ['authsec-api'] }

describe('contract 1.3 and 9: several agents', () => {
  const [second, never] = [randomUUID(), randomUUID()]
  const options: EmulatorOptions = {
    agents: [
      { clientId: second, agentType: 'crewai', permissions: ['crm:read'], audience: 'crm-api' },
      { clientId: never, delegated: false },
    ],
  }

  test('each agent has its own delegation', async () => {
    await using server = await inProcess(options)
    const { status, body } = await pullOf(server, second)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      client_id: second,
      tenant_id: server.tenantId,
      permissions: ['crm:read'],
      audience: ['crm-api'],
    })
    const claims = decodeJwt(String(body['token']))
    expect(claims).toMatchObject({ client_id: second, agent_type: 'crewai', aud: ['crm-api'] })
    expect(claims.sub).toMatch(new RegExp(`/agents/crewai/${second}$`))
    server.control.revoke()
    expect((await server.pull()).status).toBe(404)
    expect((await pullOf(server, second)).status).toBe(200)
    server.control.delegate({ permissions: ['crm:write'] }, second)
    expect((await pullOf(server, second)).body['permissions']).toEqual(['crm:write'])
    server.control.expire(second)
    expect((await pullOf(server, second)).status).toBe(410)
    expect((await pullOf(server, second)).status).toBe(404)
  })

  test('an agent that is known and was never delegated differs from one that is not known', async () => {
    await using server = await inProcess(options)
    const known = await pullOf(server, never)
    expect([known.status, known.body['error']]).toEqual([404, 'No active delegation token found'])
    const unknown = await pullOf(server, randomUUID())
    expect([unknown.status, unknown.body['error']]).toEqual([404, 'Client not found'])
    expect((await delegate(server, never, BODY)).status).toBe(200)
    expect((await pullOf(server, never)).status).toBe(200)
  })

  test('an administrator lists the agents of the own tenant, and reads one', async () => {
    const elsewhere = randomUUID()
    const agents = [...(options.agents ?? []), { clientId: elsewhere, tenantId: randomUUID() }]
    await using server = await inProcess({ agents })
    const admin = bearer(await server.control.adminToken())
    const list = await read(server.get(AGENTS, admin))
    expect(list.body['total']).toBe(3)
    expect(list.body['agents']).toMatchObject([
      { client_id: server.clientId, client_type: 'ai_agent', active: true },
      { client_id: second, agent_type: 'crewai' },
      { client_id: never },
    ])
    expect((await read(server.get(`${AGENTS}?agent_type=crewai`, admin))).body['total']).toBe(1)
    expect((await read(server.get(`${AGENTS}/${second}`, admin))).body['client_id']).toBe(second)
    const statuses = [
      (await server.get(`${AGENTS}/${elsewhere}`, admin)).status,
      (await server.get(`${AGENTS}/nonsense`, admin)).status,
      (await server.get(AGENTS)).status,
    ]
    expect(statuses).toEqual([404, 400, 401])
  })
})

describe('contract 2.1 and 2.3: several tenants', () => {
  test('each tenant has its issuer and its key, and the vault takes tokens of its own tenant', async () => {
    const [clientId, tenantId] = [randomUUID(), randomUUID()]
    await using server = await inProcess({ agents: [{ clientId, tenantId }], rateLimit: false })
    const own = await delegationOf(server.pull())
    const foreign = String((await pullOf(server, clientId)).body['token'])
    expect(decodeJwt(foreign)).toMatchObject({ iss: `spiffe://${tenantId}`, tenant_id: tenantId })
    const bundle = async (tenant: string): Promise<ReturnType<typeof createLocalJWKSet>> => {
      const answer = await server.get(`/authsec/spiresvc/v1/jwt/bundle?tenant_id=${tenant}`)
      return createLocalJWKSet((await answer.json()) as JSONWebKeySet)
    }
    await expect(jwtVerify(foreign, await bundle(tenantId))).resolves.toBeDefined()
    await expect(jwtVerify(foreign, await bundle(server.tenantId))).rejects.toThrow()
    await expect(jwtVerify(own.token, await bundle(tenantId))).rejects.toThrow()
    expect((await server.get('/secure-vault/metrics', bearer(foreign))).status).toBe(401)
    expect((await server.get('/secure-vault/metrics', bearer(own.token))).status).toBe(200)
    const validate = async (token: string, tenant_id: string): Promise<unknown> =>
      (await read(server.get('/authsec/spiresvc/v1/jwt/validate', json({ token, tenant_id }))))
        .body['valid']
    expect(await validate(foreign, tenantId)).toBe(true)
    expect(await validate(foreign, server.tenantId)).toBe(false)
    expect(await validate(own.token, tenantId)).toBe(false)
  })

  test('an administrator delegates only to agents of the own tenant', async () => {
    const [clientId, tenantId] = [randomUUID(), randomUUID()]
    await using server = await inProcess({ agents: [{ clientId, tenantId }] })
    expect((await delegate(server, clientId, BODY)).status).toBe(404)
    expect((await delegate(server, clientId, BODY, tenantId)).status).toBe(200)
    expect((await delegate(server, server.clientId, BODY, tenantId)).status).toBe(404)
    await server.control.rotateKey(tenantId)
    const { token } = await delegationOf(server.pull())
    expect((await server.get('/secure-vault/metrics', bearer(token))).status).toBe(200)
  })
})

describe('contract 5 and 9: delegate-token', () => {
  test.each(['crewai', 'Langchain', 'langchain ', 'Langchain AI agent'])(
    'answers 403 for the agent_type %j, which no policy names, and changes nothing',
    async (agent_type) => {
      await using server = await inProcess()
      const before = await delegationOf(server.pull())
      const { status, body } = await delegate(server, server.clientId, { ...BODY, agent_type })
      expect([status, body['error']]).toEqual([403, 'Delegation not allowed'])
      expect(body).not.toHaveProperty('token')
      expect(await delegationOf(server.pull())).toEqual(before)
    },
  )

  test('delegates what both the policy and the administrator allow', async () => {
    await using server = await inProcess({
      permissions: ['a:read', 'b:read', 'c:read'],
      ttlSeconds: 900,
      policies: [
        { agentType: 'crewai', permissions: ['b:read', 'c:read', 'd:read'], maxTtlSeconds: 60 },
        { agentType: 'langchain' },
        { agentType: 'other', permissions: ['d:read'] },
        { agentType: 'bound', clientId: randomUUID() },
      ],
    })
    const of = (agent_type: string, rest: object = {}): ReturnType<typeof read> =>
      delegate(server, server.clientId, { ...BODY, agent_type, ...rest })
    expect((await of('crewai')).body).toMatchObject({
      permissions: ['b:read', 'c:read'],
      ttl_seconds: 60,
    })
    const { body } = await read(server.pull())
    expect(decodeJwt(String(body['token']))['agent_type']).toBe('crewai')
    expect((await of('langchain', { ttl_seconds: -1 })).body).toMatchObject({ ttl_seconds: 900 })
    expect((await of('langchain', { ttl_seconds: 30 })).body).toMatchObject({
      permissions: ['a:read', 'b:read', 'c:read'],
      ttl_seconds: 30,
    })
    const none = await of('other')
    expect([none.status, none.body['error']]).toEqual([
      403,
      'No permissions to delegate after intersection',
    ])
    expect((await of('bound')).status).toBe(403)
  })

  test('names no lifetime: one hour, which the policy may shorten', async () => {
    await using server = await inProcess({ ttlSeconds: 86_400 })
    const { body } = await delegate(server, server.clientId, BODY)
    expect(body['ttl_seconds']).toBe(3_600)
  })

  test('tells a malformed ID, an unknown agent, a malformed body and an empty audience apart', async () => {
    await using server = await inProcess()
    const own = server.clientId
    const rows: [string, unknown, number, unknown][] = [
      ['nonsense', BODY, 400, 'Invalid agent ID'],
      [own.slice(1), BODY, 400, 'Invalid agent ID'],
      [randomUUID(), BODY, 404, 'Agent not found'],
      [own, { ...BODY, agent_type: '' }, 400, expect.stringMatching(/^Invalid request: /)],
      [own, { ...BODY, audience: 'authsec-api' }, 400, expect.stringMatching(/^Invalid request: /)],
      [own, { ...BODY, audience: null }, 400, expect.stringMatching(/^Invalid request: /)],
      [own, { ...BODY, ttl_seconds: '60' }, 400, expect.stringMatching(/^Invalid request: /)],
      [own, { ...BODY, ttl_seconds: 1.5 }, 400, expect.stringMatching(/^Invalid request: /)],
      [own, { ...BODY, audience: [] }, 500, 'Failed to issue JWT-SVID'],
    ]
    for (const [id, body, status, error] of rows) {
      const answer = await delegate(server, id, body)
      expect([body, answer.status, answer.body['error']]).toEqual([body, status, error])
    }
    const { body } = await delegate(server, own, { ...BODY, audience: [] })
    expect(body['details']).toBe('audience is required')
  })

  test('answers with more than microseconds and with an offset, and the pull with microseconds', async () => {
    const clock = {
      now: () => Date.UTC(2026, 10, 23, 12),
      monotonic: () => 0.125,
      setTimeout: () => () => undefined,
    }
    await using server = await inProcess({ clock })
    const { body } = await delegate(server, server.clientId, BODY)
    expect(body['expires_at']).toMatch(/^2026-11-2\dT\d\d:\d\d:00\.000125(Z|[+-]\d\d:\d\d)$/)
    expect(new Date(String(body['expires_at'])).getTime()).toBe(Date.UTC(2026, 10, 23, 13))
    expect((await read(server.pull())).body['expires_at']).toBe('2026-11-23T13:00:00.000125Z')
  })

  test('revoke-token tells a malformed ID from an agent without an active delegation', async () => {
    await using server = await inProcess()
    const admin = bearer(await server.control.adminToken())
    const revoke = async (id: string): Promise<number> =>
      (await server.get(`${AGENTS}/${id}/revoke-token`, { method: 'POST', ...admin })).status
    expect(await revoke('nonsense')).toBe(400)
    expect(await revoke(randomUUID())).toBe(404)
    expect(await revoke(`{${server.clientId}}`)).toBe(404)
    expect(await revoke(server.clientId)).toBe(200)
  })
})

test('contract 8: the vault answers in the envelope of the official demonstrations on demand', async () => {
  await using server = await inProcess({ vaultEnvelope: true })
  const auth = bearer((await delegationOf(server.pull())).token)
  const metrics = await read(server.get('/secure-vault/metrics', auth))
  expect(metrics.body).toMatchObject({ status: 'success', data: { failed_logins: {} } })
  const records = await read(server.get('/secure-vault/records', auth))
  expect(records.body['status']).toBe('success')
  expect(records.body['data']).toContainEqual(
    expect.objectContaining({
      id: 'rec-0001',
      name: expect.any(String),
      clearance: 'confidential',
    }),
  )
  const one = await read(server.get('/secure-vault/records/rec-0001', auth))
  expect(one.body['data']).toMatchObject({ id: 'rec-0001' })
  expect((await server.get('/secure-vault/records/nothing', auth)).status).toBe(404)
  expect((await server.get('/secure-vault/metrics')).status).toBe(401)
  await using plain = await inProcess()
  const own = bearer((await delegationOf(plain.pull())).token)
  expect((await read(plain.get('/secure-vault/records', own))).body).toHaveProperty('total')
})
