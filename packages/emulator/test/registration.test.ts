import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import type { EmulatorOptions } from '../src/index.ts'
import { bearer, inProcess, json, read, type TestServer } from './test-server.ts'

type Answer = ReturnType<typeof read>

/** A call of an administrator, by default of the emulator's own tenant. */
async function call(server: TestServer, path: string, body?: object, tenant?: string): Answer {
  const authorization = `Bearer ${await server.control.adminToken(tenant)}`
  const init = body === undefined ? { headers: { authorization } } : json(body, { authorization })
  return read(server.get(`/authsec/${path}`, init))
}

const create = (server: TestServer, body: object, tenant?: string): Answer =>
  call(server, `clientms/tenants/${server.tenantId}/clients/create`, body, tenant)

const POLICIES = 'uflow/delegation-policies'
const AGENT = { name: 'Billing', email: 'billing@example.com', client_type: 'ai_agent' }

const pull = (server: TestServer, id: unknown): Answer =>
  read(server.get(`/authsec/uflow/sdk/delegation-token?client_id=${id}`))

describe('contract 5: registering an agent', () => {
  test('an agent that was registered is listed, has no token yet, and gets one when it is delegated', async () => {
    await using server = await inProcess()
    const { status, body } = await create(server, { ...AGENT, agent_type: 'langchain' })
    expect(status).toBe(201)
    const { client_id: id, tenant_id } = body
    expect(body).toMatchObject({ id, name: 'Billing', email: 'billing@example.com', active: true })
    expect(tenant_id).toBe(server.tenantId)
    expect(String(body['spiffe_id'])).toMatch(new RegExp(`/agents/langchain/${id}$`))
    expect((await call(server, `uflow/admin/agents/${id}`)).body['client_id']).toBe(id)
    expect((await pull(server, id)).body['error']).toBe('No active delegation token found')
    const delegation = { agent_type: 'langchain', audience: ['billing-api'] }
    const delegated = await call(server, `uflow/admin/agents/${id}/delegate-token`, delegation)
    expect(delegated.status).toBe(200)
    const { token } = (await pull(server, id)).body
    expect(decodeJwt(String(token))).toMatchObject({ client_id: id, aud: ['billing-api'] })
  })

  test('the tenant comes from the body or the session, and never from the path', async () => {
    await using server = await inProcess()
    const [other, third] = [randomUUID(), randomUUID()]
    expect((await create(server, AGENT, other)).body['tenant_id']).toBe(other)
    expect((await create(server, { ...AGENT, tenant_id: third })).body['tenant_id']).toBe(third)
    expect((await call(server, 'uflow/admin/agents')).body['total']).toBe(1)
  })

  test.each([
    ['without a name', { ...AGENT, name: '' }],
    ['without an email address', { name: 'Billing', client_type: 'ai_agent' }],
    ['with a name that is no text', { ...AGENT, name: 7 }],
    ['with a tenant that is no UUID', { ...AGENT, tenant_id: 'acme' }],
    ['of another type than ai_agent', { ...AGENT, client_type: 'web' }],
  ])('a client %s is refused, and nothing is registered', async (_, body) => {
    await using server = await inProcess()
    expect((await create(server, body)).status).toBe(400)
    expect((await call(server, 'uflow/admin/agents')).body['total']).toBe(1)
  })

  test('nobody registers without a session, or with a delegation token', async () => {
    await using server = await inProcess()
    const path = `/authsec/clientms/tenants/${server.tenantId}/clients/create`
    const { token } = (await read(server.pull())).body
    const delegation = { authorization: `Bearer ${token}` }
    expect((await server.get(path, json(AGENT))).status).toBe(401)
    expect((await server.get(path, json(AGENT, delegation))).status).toBe(401)
    expect((await server.get(`/authsec/${POLICIES}`, json({}, delegation))).status).toBe(401)
    expect((await server.get(`/authsec/${POLICIES}`)).status).toBe(401)
  })

  test('the newer server has no such route', async () => {
    await using server = await inProcess({ profile: 'workspace' })
    const path = `/authsec/clientms/tenants/${server.tenantId}/clients/create`
    const admin = { authorization: `Bearer ${await server.control.adminToken()}` }
    expect((await server.get(path, json(AGENT, admin))).status).toBe(404)
  })

  test('a registered agent may ask for an approval in the tenant flow', async () => {
    await using server = await inProcess()
    const ask = async (client_id: unknown): Promise<unknown> => {
      const body = { client_id, email: 'approver@example.com' }
      return (await read(server.get('/authsec/uflow/auth/tenant/ciba/initiate', json(body)))).body[
        'error'
      ]
    }
    expect(await ask(randomUUID())).toBe('invalid_client')
    // It is known, and no user is registered under it (contract 3.4).
    expect(await ask((await create(server, AGENT)).body['client_id'])).toBe('user_not_found')
  })
})

describe('contract 5: delegation policies', () => {
  const options: EmulatorOptions = { permissions: ['a:read', 'b:read', 'c:read'], ttlSeconds: 900 }
  const policy = { role_name: 'admin', agent_type: 'billing', allowed_permissions: ['a:read'] }

  test('a policy decides what is delegated to agents of its type from then on', async () => {
    await using server = await inProcess(options)
    const { client_id: id } = (await create(server, { ...AGENT, agent_type: 'billing' })).body
    const delegate = (): Answer =>
      call(server, `uflow/admin/agents/${id}/delegate-token`, {
        ...{ agent_type: 'billing', audience: ['billing-api'], ttl_seconds: 600 },
      })
    expect((await delegate()).status).toBe(403)
    const { status, body } = await call(server, POLICIES, { ...policy, max_ttl_seconds: 60 })
    expect(status).toBe(201)
    expect(body['policy']).toMatchObject({ ...policy, max_ttl_seconds: 60, enabled: true })
    expect(body).not.toHaveProperty('delegate_token')
    expect((await delegate()).body).toMatchObject({ permissions: ['a:read'], ttl_seconds: 60 })
    const listed = await server.get(
      `/authsec/${POLICIES}`,
      bearer(await server.control.adminToken()),
    )
    expect(await listed.json()).toEqual([body['policy']])
  })

  test('a policy replaces what the option allows for its type, in its own tenant only', async () => {
    await using server = await inProcess(options)
    await call(server, POLICIES, { ...policy, agent_type: 'langchain' })
    const body = { agent_type: 'langchain', audience: ['authsec-api'] }
    const own = await call(server, `uflow/admin/agents/${server.clientId}/delegate-token`, body)
    expect(own.body['permissions']).toEqual(['a:read'])
    const tenant = randomUUID()
    const { client_id: id } = (await create(server, AGENT, tenant)).body
    const other = await call(server, `uflow/admin/agents/${id}/delegate-token`, body, tenant)
    expect(other.body['permissions']).toEqual(['a:read', 'b:read', 'c:read'])
  })

  test('the April server issues a token at once for a policy of one agent, the newer one does not', async () => {
    await using april = await inProcess(options)
    const { client_id: id } = (await create(april, { ...AGENT, agent_type: 'billing' })).body
    const bound = { ...policy, client_id: id, audience: ['billing-api'], max_ttl_seconds: 120 }
    const { body } = await call(april, POLICIES, bound)
    const { token } = (await pull(april, id)).body
    expect(body['delegate_token']).toMatchObject({
      status: 'issued',
      permissions: ['a:read'],
      token,
    })
    expect(decodeJwt(String(token))).toMatchObject({
      aud: ['billing-api'],
      permissions: ['a:read'],
    })
    await using newer = await inProcess({ ...options, profile: 'workspace' })
    const answer = await call(newer, POLICIES, { ...policy, client_id: newer.clientId })
    expect([answer.status, Object.keys(answer.body)]).toEqual([201, ['policy']])
  })

  test('a policy that is disabled, or bound to another agent, delegates nothing', async () => {
    await using server = await inProcess(options)
    const body = { agent_type: 'billing', audience: ['billing-api'] }
    const delegate = (): Answer =>
      call(server, `uflow/admin/agents/${server.clientId}/delegate-token`, body)
    await call(server, POLICIES, { ...policy, enabled: false })
    expect((await delegate()).status).toBe(403)
    const { client_id } = (await create(server, { ...AGENT, agent_type: 'billing' })).body
    await call(server, POLICIES, { ...policy, role_name: 'owner', client_id })
    expect((await delegate()).status).toBe(403)
  })

  test.each([
    ['without a role', { ...policy, role_name: '' }, 400],
    ['without an agent type', { role_name: 'admin' }, 400],
    ['with permissions that are no list', { ...policy, allowed_permissions: 'a:read' }, 400],
    ['with a client that is no UUID', { ...policy, client_id: 'billing' }, 400],
    ['with a lifetime of no second', { ...policy, max_ttl_seconds: 0 }, 400],
  ])('a policy %s is refused', async (_, body, status) => {
    await using server = await inProcess(options)
    expect((await call(server, POLICIES, body)).status).toBe(status)
  })

  test('a second policy of the same tenant, role and agent type is refused with 409', async () => {
    await using server = await inProcess(options)
    expect((await call(server, POLICIES, policy)).status).toBe(201)
    expect((await call(server, POLICIES, policy)).status).toBe(409)
    expect((await call(server, POLICIES, { ...policy, role_name: 'owner' })).status).toBe(201)
    expect((await call(server, POLICIES, policy, randomUUID())).status).toBe(201)
  })
})
