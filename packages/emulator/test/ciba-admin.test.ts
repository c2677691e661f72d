import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { bearer, clockAt, inProcess, json, read, type TestServer } from './test-server.ts'

const ROOT = '/authsec/uflow/auth/ciba'

function initiate(server: TestServer, body: object = {}): ReturnType<typeof read> {
  const request = { login_hint: 'approver@example.com', ...body }
  return read(server.get(`${ROOT}/initiate`, json(request)))
}

function poll(server: TestServer, auth_req_id: unknown): ReturnType<typeof read> {
  return read(server.get(`${ROOT}/token`, json({ auth_req_id })))
}

async function pendingId(server: TestServer): Promise<unknown> {
  return (await initiate(server)).body['auth_req_id']
}

test('initiate returns a padded auth_req_id, interval 5 and expiry 300', async () => {
  await using server = await inProcess()
  const { status, body } = await initiate(server, { binding_message: 'Export 3 records' })
  expect(status).toBe(200)
  expect(body).toMatchObject({ expires_in: 300, interval: 5, message: expect.any(String) })
  expect(body['auth_req_id']).toMatch(/^[\w-]{43}=$/)
  expect(server.control.approvals()).toMatchObject([
    { user: 'approver@example.com', bindingMessage: 'Export 3 records', status: 'pending' },
  ])
})

test('initiate finds users in upper and lower case and ignores scope, requested_expiry and a bad client_id', async () => {
  await using server = await inProcess()
  const { status } = await initiate(server, {
    login_hint: 'Approver@Example.COM',
    client_id: 'no-uuid',
    scope: 'admin',
    requested_expiry: 1,
  })
  expect(status).toBe(200)
})

test('initiate for a user without a device returns 200 with an error and empty fields', async () => {
  await using server = await inProcess()
  const { status, body } = await initiate(server, { login_hint: 'nodevice@example.com' })
  expect(status).toBe(200)
  expect(body).toMatchObject({ auth_req_id: '', expires_in: 0, interval: 0 })
  expect(body['error']).toBe('no_device_registered')
})

test('initiate for an unknown user returns 400 user_not_found', async () => {
  await using server = await inProcess()
  const { status, body } = await initiate(server, { login_hint: 'stranger@example.com' })
  expect(status).toBe(400)
  expect(body).toMatchObject({ auth_req_id: '', error: 'user_not_found' })
})

test.each([
  ['null', 'null'],
  ['a body that is not JSON', '{'],
  ['no login_hint', '{}'],
  ['a login_hint of another type', '{"login_hint":1}'],
  ['scopes of another type', '{"login_hint":"approver@example.com","scopes":"openid"}'],
])('initiate with %s returns 400 Invalid request body', async (_name, body) => {
  await using server = await inProcess()
  const { status, body: answer } = await read(
    server.get(`${ROOT}/initiate`, { method: 'POST', body }),
  )
  expect([status, answer['error']]).toEqual([400, 'Invalid request body'])
  expect(answer['details']).toBeTypeOf('string')
})

test('initiate accepts a binding message of 255 characters and returns 500 for one of 256', async () => {
  await using server = await inProcess()
  expect((await initiate(server, { binding_message: 'ä'.repeat(255) })).status).toBe(200)
  const { status, body } = await initiate(server, { binding_message: 'ä'.repeat(256) })
  expect([status, body['error']]).toEqual([500, 'Failed to initiate CIBA'])
})

test('a poll of a pending request returns 200 authorization_pending', async () => {
  await using server = await inProcess()
  const { status, body } = await poll(server, await pendingId(server))
  expect([status, body['error']]).toEqual([200, 'authorization_pending'])
})

test('a poll of a denied request returns 403 access_denied', async () => {
  await using server = await inProcess()
  const id = await pendingId(server)
  server.control.deny()
  const { status, body } = await poll(server, id)
  expect([status, body['error']]).toEqual([403, 'access_denied'])
})

test('a poll of an approved request returns its token once, then 400 expired_token', async () => {
  await using server = await inProcess()
  const id = await pendingId(server)
  server.control.approve()
  const { status, body } = await poll(server, id)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    token_type: 'Bearer',
    expires_in: 31_536_000,
    scope: 'openid email profile',
  })
  expect(body).not.toHaveProperty('error')
  const again = await poll(server, id)
  expect([again.status, again.body['error']]).toEqual([400, 'expired_token'])
  expect(again.body['error_description']).toMatch('already used')
  expect(server.control.approvals()[0]?.status).toBe('consumed')
})

test('unknown and malformed polls return 400', async () => {
  await using server = await inProcess()
  const unknown = await poll(server, 'nonsense')
  expect([unknown.status, unknown.body['error']]).toEqual([400, 'expired_token'])
  const malformed = await poll(server, undefined)
  expect([malformed.status, malformed.body['error']]).toEqual([400, 'Invalid request body'])
})

test('the expiry is tested before the status, so an approval that is not collected in 300 s is lost', async () => {
  let now = Date.UTC(2026, 10, 23)
  await using server = await inProcess({ clock: clockAt(() => now) })
  const [early, late] = [await pendingId(server), await pendingId(server)]
  server.control.approve(String(early))
  server.control.approve(String(late))
  now += 299_999
  expect((await poll(server, early)).status).toBe(200)
  now += 1
  const { status, body } = await poll(server, late)
  expect([status, body['error']]).toEqual([400, 'expired_token'])
  expect(server.control.approvals().map((one) => one.status)).toEqual(['consumed', 'expired'])
})

test('the approval token is an HS256 session of the approver without any claim about the action', async () => {
  await using server = await inProcess()
  const id = await pendingId(server)
  server.control.approve()
  const token = String((await poll(server, id)).body['access_token'])
  expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'HS256', kid: 'default' })
  const claims = decodeJwt(token)
  expect(claims).toMatchObject({
    iss: 'authsec-ai/auth-manager',
    aud: 'authsec-api',
    tenant_id: server.tenantId,
    project_id: server.tenantId,
    client_id: claims.sub,
    email_id: 'approver@example.com',
    token_type: 'default',
    scope: ['openid', 'email', 'profile'],
  })
  expect(Number(claims.exp) - Number(claims.iat)).toBe(365 * 86_400)
  expect(claims).not.toHaveProperty('jti')
  expect(server.control.issuedSecrets).toContain(token)
  expect(server.control.issuedTokens).not.toContain(token)
})

test('respond accepts any session, and decides each request once', async () => {
  await using server = await inProcess()
  const respond = async (body: object, token: string): ReturnType<typeof read> =>
    read(server.get(`${ROOT}/respond`, json(body, { authorization: `Bearer ${token}` })))
  const [first, second] = [await pendingId(server), await pendingId(server)]
  const someone = await server.control.userToken('nodevice@example.com')
  const yes = await respond({ auth_req_id: first, approved: true }, someone)
  expect([yes.status, yes.body['success']]).toEqual([200, true])
  const approval = String((await poll(server, first)).body['access_token'])
  // An approval token is a user session. A response without `approved` denies.
  expect((await respond({ auth_req_id: second }, approval)).status).toBe(200)
  expect((await poll(server, second)).status).toBe(403)
  const twice = await respond({ auth_req_id: second, approved: true }, approval)
  expect(twice).toMatchObject({
    status: 400,
    body: { error: 'Failed to respond', details: 'request already processed' },
  })
  const unknown = await respond({ auth_req_id: 'x', approved: true }, approval)
  expect(unknown.body['details']).toBe('invalid auth_req_id')
})

test('respond without a session or with a delegation token returns 401', async () => {
  await using server = await inProcess()
  await server.pull()
  const [delegation = ''] = server.control.issuedTokens
  const path = `${ROOT}/respond`
  const bodies = [
    await read(server.get(path, json({}))),
    await read(server.get(path, json({}, { authorization: 'Basic eDp5' }))),
    await read(server.get(path, { ...json({}), ...bearer(delegation) })),
  ].map(({ status, body }) => [status, body['error']])
  expect(bodies).toEqual([
    [401, 'authorization header required'],
    [401, 'invalid authorization header format'],
    [401, 'Invalid or expired token'],
  ])
})
