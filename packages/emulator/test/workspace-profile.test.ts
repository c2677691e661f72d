import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { bearer, delegationOf, inProcess, json, read, type TestServer } from './test-server.ts'

const WORKSPACE = '/authsec/uflow/auth/workspace/ciba'
const ADMIN = '/authsec/uflow/auth/ciba'

const start = (): Promise<TestServer> => inProcess({ profile: 'workspace' })

async function adminPull(server: TestServer): Promise<Response> {
  return server.pull(bearer(await server.control.adminToken()))
}

describe('the delegation endpoint', () => {
  test.each([
    ['no bearer', {}, 'authorization header required'],
    ['another scheme', { authorization: 'Basic eDp5' }, 'invalid authorization header format'],
    ['an invalid session', { authorization: 'Bearer a.b.c' }, 'Invalid or expired token'],
  ])('returns 401 with a challenge for %s', async (_name, headers, error) => {
    await using server = await start()
    const answer = await read(server.pull({ headers: headers as Record<string, string> }))
    expect([answer.status, answer.body]).toEqual([401, { error }])
    expect(answer.headers.get('www-authenticate')).toMatch(
      new RegExp(`^Bearer realm="authsec", error="\\w+", error_description="${error}"$`),
    )
  })

  test('returns the delegation to an administrator, with a workspace instead of a tenant', async () => {
    await using server = await start()
    const { status, body } = await read(adminPull(server))
    expect(status).toBe(200)
    expect(body['workspace_id']).toBe(server.tenantId)
    expect(body).not.toHaveProperty('tenant_id')
    const claims = decodeJwt(String(body['token']))
    expect(claims['workspace_id']).toBe(server.tenantId)
    expect(claims).not.toHaveProperty('tenant_id')
  })

  test('returns the same 404 to other users and for unknown clients', async () => {
    await using server = await start()
    const user = await server.pull(bearer(await server.control.userToken()))
    const unknown = await server.get(
      '/authsec/uflow/sdk/delegation-token?client_id=00000000-0000-4000-8000-000000000000',
      bearer(await server.control.adminToken()),
    )
    for (const answer of [user, unknown]) {
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error: 'No active delegation token found' })
    }
  })

  test('caps the lifetime of a delegation at a day', async () => {
    await using server = await start()
    server.control.delegate({ ttlSeconds: 1_000_000 })
    const { body } = await read(adminPull(server))
    expect(body['ttl_seconds']).toBe(86_400)
  })
})

describe('the bundle', () => {
  const bundle = (server: TestServer, query: string): Promise<Response> =>
    server.get(`/authsec/spiresvc/v1/jwt/bundle?${query}`)

  test('takes a workspace_id, and verifies the token', async () => {
    await using server = await start()
    const { token } = await delegationOf(adminPull(server))
    const jwks = (await (await bundle(server, `workspace_id=${server.tenantId}`)).json()) as {
      keys: []
    }
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks))
    expect(payload.iss).toBe(`spiffe://${server.tenantId}`)
  })

  test('returns 400 for a tenant_id or a malformed ID, and 404 for another workspace', async () => {
    await using server = await start()
    const answers = [
      await read(bundle(server, `tenant_id=${server.tenantId}`)),
      await read(bundle(server, 'workspace_id=mine')),
      await read(bundle(server, 'workspace_id=00000000-0000-4000-8000-000000000000')),
    ]
    const error = (code: string): object => ({ error: { code, message: expect.any(String) } })
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [400, error('BAD_REQUEST')],
      [400, error('BAD_REQUEST')],
      [404, error('NOT_FOUND')],
    ])
  })
})

describe('approval by client and email', () => {
  const basic = (server: TestServer, secret = server.cibaClientSecret): Record<string, string> => {
    const pair = Buffer.from(`${server.cibaClientId}:${secret}`).toString('base64')
    return { authorization: `Basic ${pair}` }
  }
  const email = 'approver@example.com'

  test('accepts HTTP Basic client authentication, and finds users by workspace', async () => {
    const users = [{ email, clientId: '00000000-0000-4000-8000-000000000000' }]
    await using server = await inProcess({
      profile: 'workspace',
      users,
      cibaClientSecret: 's e+c/r',
    })
    const headers = basic(server, 's+e%2Bc%2Fr')
    const asked = await read(server.get(`${WORKSPACE}/initiate`, json({ email }, headers)))
    expect(asked.status).toBe(200)
    const { auth_req_id } = asked.body
    const poll = (): ReturnType<typeof read> =>
      read(server.get(`${WORKSPACE}/token`, json({ auth_req_id }, headers)))
    expect((await poll()).status).toBe(202)
    server.control.approve()
    const { status, body } = await poll()
    expect([status, body['expires_in']]).toEqual([200, 86_400])
    expect(decodeJwt(String(body['access_token']))['workspace_id']).toBe(server.tenantId)
  })

  test.each(['initiate', 'token'])(
    '%s without client authentication returns 401 invalid_client',
    async (call) => {
      await using server = await start()
      const body = { email, auth_req_id: 'x', client_id: server.cibaClientId }
      for (const headers of [{}, basic(server, 'wrong')]) {
        const answer = await read(server.get(`${WORKSPACE}/${call}`, json(body, headers)))
        expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client'])
      }
    },
  )

  test('returns 404 in plain text at its old path', async () => {
    await using server = await start()
    const answer = await server.get('/authsec/uflow/auth/tenant/ciba/initiate', json({ email }))
    expect([answer.status, await answer.text()]).toEqual([404, '404 page not found'])
  })
})

describe('approval by login_hint', () => {
  const login_hint = 'approver@example.com'
  const ask = (server: TestServer, body: object): ReturnType<typeof read> =>
    read(server.get(`${ADMIN}/initiate`, json({ login_hint, ...body })))

  test('announces its deprecation and sunset', async () => {
    await using server = await start()
    const { headers } = await ask(server, {})
    expect(headers.get('deprecation')).toBe('true')
    expect(headers.get('sunset')).toBe('Thu, 31 Dec 2026 23:59:59 GMT')
    expect(headers.get('link')).toMatch('rel="successor-version"')
  })

  test('requires the workspace or the client, and rejects polls of another client', async () => {
    await using server = await start()
    const nobody = await ask(server, {})
    expect([nobody.status, nobody.body['error']]).toEqual([400, 'invalid_request'])
    expect((await ask(server, { workspace_id: server.tenantId })).status).toBe(200)
    const { body } = await ask(server, { client_id: server.clientId })
    const { auth_req_id } = body
    const poll = (client_id: string): ReturnType<typeof read> =>
      read(server.get(`${ADMIN}/token`, json({ auth_req_id, client_id })))
    const other = await poll(server.cibaClientId)
    expect([other.status, other.body['error']]).toEqual([401, 'invalid_client'])
    server.control.approve()
    const { status, body: answer } = await poll(server.clientId)
    expect([status, answer['expires_in']]).toEqual([200, 86_400])
  })

  test('lets only its user respond', async () => {
    await using server = await start()
    const { body } = await ask(server, { client_id: server.clientId })
    const respond = async (user: string): Promise<number> => {
      const authorization = `Bearer ${await server.control.userToken(user)}`
      const answer = { auth_req_id: body['auth_req_id'], approved: true }
      return (await server.get(`${ADMIN}/respond`, json(answer, { authorization }))).status
    }
    expect(await respond('nodevice@example.com')).toBe(400)
    expect(await respond(login_hint)).toBe(200)
  })
})

describe('the exchange for cloud credentials', () => {
  const path = '/authsec/spire/oidc/exchange/azure'

  test('requires a session and the token in the body, and still returns 501', async () => {
    await using server = await start()
    const jwt_svid = (await delegationOf(adminPull(server))).token
    const headers = { authorization: `Bearer ${await server.control.adminToken()}` }
    const body = { azure_tenant_id: 'contoso.example', jwt_svid }
    expect((await server.get(path, json(body))).status).toBe(401)
    expect((await server.get(path, json({ tenant_id: 'x', jwt_svid }, headers))).status).toBe(400)
    const answer = await read(server.get(path, json(body, headers)))
    expect([answer.status, answer.body['error']]).toEqual([501, 'server_error'])
    server.control.setCloudExchange('token')
    expect((await server.get(path, json(body, headers))).status).toBe(200)
    const forged = { ...body, jwt_svid: 'a.b.c' }
    expect((await server.get(path, json(forged, headers))).status).toBe(401)
  })
})

test('there is no well-known JWKS below /authsec', async () => {
  await using server = await start()
  const answer = await server.get('/authsec/.well-known/jwks.json')
  expect([answer.status, await answer.text()]).toEqual([404, '404 page not found'])
})
