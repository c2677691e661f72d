import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { bearer, clockAt, inProcess, json, read, type TestServer } from './test-server.ts'

const ROOT = '/authsec/uflow/auth/tenant/ciba'

function initiate(server: TestServer, body: object = {}): ReturnType<typeof read> {
  const request = { client_id: server.cibaClientId, email: 'approver@example.com', ...body }
  return read(server.get(`${ROOT}/initiate`, json(request)))
}

function poll(
  server: TestServer,
  auth_req_id: unknown,
  client_id: unknown = server.cibaClientId,
): ReturnType<typeof read> {
  return read(server.get(`${ROOT}/token`, json({ auth_req_id, client_id })))
}

async function pendingId(server: TestServer): Promise<unknown> {
  return (await initiate(server)).body['auth_req_id']
}

test('initiate accepts client_id and email', async () => {
  await using server = await inProcess()
  const { status, body } = await initiate(server)
  expect(status).toBe(200)
  expect(body).toMatchObject({ expires_in: 300, interval: 5 })
})

test.each([
  ['login_hint instead of email', { email: undefined, login_hint: 'approver@example.com' }],
  ['no client_id', { client_id: undefined }],
  ['a malformed email', { email: 'approver' }],
])('initiate with %s returns 400 with an error text', async (_name, body) => {
  await using server = await inProcess()
  const answer = await initiate(server, body)
  expect(answer.status).toBe(400)
  expect(answer.body).toEqual({ error: expect.any(String) })
})

test.each([
  ['invalid_client', { client_id: 'no-uuid' }],
  ['invalid_client', { client_id: randomUUID() }],
  ['user_not_found', { email: 'stranger@example.com' }],
  ['no_device_registered', { email: 'nodevice@example.com' }],
])('initiate fails with 400 %s and empty fields', async (error, body) => {
  await using server = await inProcess()
  const answer = await initiate(server, body)
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ auth_req_id: '', expires_in: 0, interval: 0, error })
})

test("initiate with the agent's client_id finds only users who registered with it", async () => {
  await using server = await inProcess()
  const answer = await initiate(server, { client_id: server.clientId })
  expect(answer.body['error']).toBe('user_not_found')
  const clientId = randomUUID()
  const users = [{ email: 'own@example.com', clientId }]
  await using other = await inProcess({ clientId, users })
  expect((await initiate(other, { client_id: clientId, email: 'own@example.com' })).status).toBe(
    200,
  )
})

test('a binding message of more than 255 characters returns 500', async () => {
  await using server = await inProcess()
  const { status, body } = await initiate(server, { binding_message: 'x'.repeat(256) })
  expect([status, Object.keys(body)]).toEqual([500, ['error']])
})

test('polls return 202 while pending, 400 when denied, 200 with a token for a day when approved, and 400 after that', async () => {
  await using server = await inProcess()
  const [denied, id] = [await pendingId(server), await pendingId(server)]
  const pending = await poll(server, id)
  expect([pending.status, pending.body['error']]).toEqual([202, 'authorization_pending'])
  server.control.deny(String(denied))
  const no = await poll(server, denied)
  expect([no.status, no.body['error']]).toEqual([400, 'access_denied'])
  server.control.approve()
  const { status, body } = await poll(server, id)
  expect([status, body['expires_in']]).toEqual([200, 86_400])
  const claims = decodeJwt(String(body['access_token']))
  expect(claims['client_id']).toBe(server.cibaClientId)
  expect(Number(claims.exp) - Number(claims.iat)).toBe(86_400)
  const again = await poll(server, id)
  expect([again.status, again.body['error']]).toEqual([400, 'expired_token'])
})

test('any client of the tenant may poll, and other clients get 400 invalid_client', async () => {
  await using server = await inProcess()
  const id = await pendingId(server)
  expect((await poll(server, id, server.clientId)).status).toBe(202)
  const stranger = await poll(server, id, randomUUID())
  expect([stranger.status, stranger.body['error']]).toEqual([400, 'invalid_client'])
  expect((await poll(server, id, null)).status).toBe(400)
})

test('an auth_req_id of one flow is unknown in the other', async () => {
  await using server = await inProcess()
  const auth_req_id = await pendingId(server)
  const { status } = await read(server.get('/authsec/uflow/auth/ciba/token', json({ auth_req_id })))
  expect(status).toBe(400)
})

test('requests lists the pending requests of the user, and only that user may respond', async () => {
  let now = Date.UTC(2026, 10, 23)
  await using server = await inProcess({ clock: clockAt(() => now) })
  await initiate(server, { binding_message: 'Code 4711' })
  const owner = await server.control.userToken()
  const other = await server.control.userToken('nodevice@example.com')
  const list = async (token: string): Promise<Record<string, unknown>[]> => {
    const { body } = await read(server.get(`${ROOT}/requests`, bearer(token)))
    return body['requests'] as Record<string, unknown>[]
  }
  const [request = {}] = await list(owner)
  expect(request).toMatchObject({
    user_email: 'approver@example.com',
    tenant_id: server.tenantId,
    binding_message: 'Code 4711',
    status: 'pending',
    created_at: now / 1000,
    expires_at: now / 1000 + 300,
  })
  expect(await list(other)).toEqual([])
  const respond = async (token: string): ReturnType<typeof read> => {
    const body = { auth_req_id: request['auth_req_id'], approved: true }
    return read(server.get(`${ROOT}/respond`, json(body, { authorization: `Bearer ${token}` })))
  }
  expect(await respond(other)).toMatchObject({ status: 200, body: { success: false } })
  expect(await respond(owner)).toMatchObject({ status: 200, body: { success: true } })
  expect(await respond(owner)).toMatchObject({ status: 200, body: { success: false } })
  expect(await list(owner)).toEqual([])
  expect((await poll(server, request['auth_req_id'])).status).toBe(200)
  await initiate(server)
  now += 300_000
  expect(await list(await server.control.userToken())).toEqual([])
  expect((await read(server.get(`${ROOT}/requests`))).status).toBe(401)
})
