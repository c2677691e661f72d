import { randomUUID } from 'node:crypto'
import { get } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  bearer,
  clockAt,
  delegationOf,
  inProcess,
  json,
  overHttp,
  read,
  type TestServer,
  transports,
} from './test-server.ts'

const PULL = '/authsec/uflow/sdk/delegation-token'
const BUNDLE = '/authsec/spiresvc/v1/jwt/bundle'
const VALIDATE = '/authsec/spiresvc/v1/jwt/validate'
const CIBA = '/authsec/uflow/auth/ciba'
const TENANT_CIBA = '/authsec/uflow/auth/tenant/ciba'

function validate(server: TestServer, body: unknown, headers?: Record<string, string>) {
  return read(server.get(VALIDATE, json(body, headers)))
}

describe.each(transports)('contract 0.1 and 9, %s: the server', (_name, start) => {
  test('has no HEAD: 404 without a body, with the type of its text', async () => {
    await using server = await start()
    for (const path of [`${PULL}?client_id=${server.clientId}`, '/authsec/nothing', `${BUNDLE}`]) {
      const answer = await server.get(path, { method: 'HEAD' })
      expect([path, answer.status, await answer.text()]).toEqual([path, 404, ''])
      expect(answer.headers.get('content-type')).toBe('text/plain')
    }
  })

  test('answers unknown paths and methods with a text without a charset', async () => {
    await using server = await start()
    const requests: [string, RequestInit][] = [
      ['/authsec/nothing', {}],
      ['/uflow/sdk/delegation-token', {}],
      [PULL, { method: 'POST' }],
      [VALIDATE, { method: 'GET' }],
      ['/authsec/uflow/tenantAuth/ciba/initiate', json({ login_hint: 'a@b.test' })],
    ]
    for (const [path, init] of requests) {
      const answer = await server.get(path, init)
      expect([path, answer.status]).toEqual([path, 404])
      expect(answer.headers.get('content-type')).toBe('text/plain')
      expect(await answer.text()).toBe('404 page not found')
    }
  })

  test('redirects a trailing slash to the path without it, with the query', async () => {
    await using server = await start()
    const query = `?client_id=${server.clientId}`
    const pull = await server.get(`${PULL}/${query}`)
    expect([pull.status, pull.headers.get('location')]).toEqual([301, PULL + query])
    const agent = `/authsec/uflow/admin/agents/${server.clientId}`
    const bundle = await server.get(`${BUNDLE}/`)
    expect([bundle.status, bundle.headers.get('location')]).toEqual([301, BUNDLE])
    // A parameter in the path, a method that a 301 would change, and paths without a route.
    expect((await server.get(`${agent}/`)).headers.get('location')).toBe(agent)
    expect((await server.get(`${VALIDATE}/`, json({}))).status).toBe(307)
    expect((await server.get('/authsec/nothing/')).status).toBe(404)
    expect((await server.get(`${VALIDATE}/`)).status).toBe(404)
  })

  test('names the charset of JSON, except of the key documents', async () => {
    await using server = await start()
    const type = async (path: string, init?: RequestInit): Promise<string | null> =>
      (await server.get(path, init)).headers.get('content-type')
    const utf8 = 'application/json; charset=utf-8'
    expect(await type(`${PULL}?client_id=${server.clientId}`)).toBe(utf8)
    expect(await type(PULL)).toBe(utf8)
    expect(await type(BUNDLE)).toBe(utf8)
    expect(await type(`${CIBA}/initiate`, json({}))).toBe(utf8)
    expect(await type('/authsec/.well-known/openid-configuration')).toBe(utf8)
    expect(await type(`${BUNDLE}?tenant_id=${server.tenantId}`)).toBe('application/json')
    expect(await type('/authsec/.well-known/jwks.json')).toBe('application/json')
  })

  test('answers OPTIONS by the origin of the request', async () => {
    await using server = await start()
    const options = (headers: Record<string, string>): Promise<Response> =>
      server.get(PULL, { method: 'OPTIONS', headers })
    expect((await options({})).status).toBe(204)
    for (const origin of ['https://evil.example', 'null', 'https://authsec.dev.evil.example']) {
      const answer = await options({ origin })
      expect([origin, answer.status]).toEqual([origin, 403])
      expect(answer.headers.has('access-control-allow-origin')).toBe(false)
    }
    const allowed = await options({ origin: 'https://app.authsec.dev' })
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.authsec.dev')
    expect(allowed.headers.get('access-control-allow-headers')).toMatch('X-Client-ID')
  })

  test('puts its security headers on each response, and none on the protected API', async () => {
    await using server = await start()
    const paths = [`${PULL}?client_id=${server.clientId}`, PULL, '/authsec/nothing', BUNDLE]
    for (const path of paths) {
      const { headers } = await server.get(path)
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff'])
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('content-security-policy')).toMatch("default-src 'self'")
    }
    const vault = await server.get('/secure-vault/metrics')
    expect(vault.headers.has('x-frame-options')).toBe(false)
  })

  test('ignores the case of JSON names and what follows the first object', async () => {
    await using server = await start()
    const bodies = [
      '{"LOGIN_HINT":"approver@example.com"}',
      '{"Login_Hint":"approver@example.com"} trailing',
      ' {"login_hint":"approver@example.com","scopes":["}"]}{"login_hint":1}',
      '{"login_hint":"nobody@example.com","login_Hint":"approver@example.com"}',
    ]
    for (const body of bodies) {
      const { status } = await server.get(`${CIBA}/initiate`, { method: 'POST', body })
      expect([body, status]).toEqual([body, 200])
    }
    for (const body of ['x{"login_hint":"approver@example.com"}', '', '{"login_hint":', '[1]']) {
      const { status } = await server.get(`${CIBA}/initiate`, { method: 'POST', body })
      expect([body, status]).toEqual([body, 400])
    }
  })
})

test('contract 0.1 and 9: the server compresses for a client that accepts gzip, and only for that one', async () => {
  await using server = await overHttp()
  await server.pull()
  const { url, path } = serverUrl(server)
  const raw = (encoding?: string): Promise<{ headers: Record<string, unknown>; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const headers = encoding === undefined ? {} : { 'accept-encoding': encoding }
      get(url + path, { headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks) }))
      }).on('error', reject)
    })
  for (const encoding of ['gzip', 'br, gzip;q=0.5', 'deflate, gzip']) {
    const { headers, body } = await raw(encoding)
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(JSON.parse(gunzipSync(body).toString())).toHaveProperty('token')
  }
  for (const encoding of [undefined, 'identity', 'br']) {
    const { headers, body } = await raw(encoding)
    expect(headers).not.toHaveProperty('content-encoding')
    expect(JSON.parse(body.toString())).toHaveProperty('token')
  }
})

function serverUrl(server: TestServer): { url: string; path: string } {
  const { baseUrl } = server as TestServer & { baseUrl: string }
  return { url: baseUrl, path: `${PULL}?client_id=${server.clientId}` }
}

describe('contract 0.1 and 9: the limit of 100 requests', () => {
  test('counts unknown paths of the server, HEAD and OPTIONS, and names the number', async () => {
    await using server = await inProcess()
    for (let count = 0; count < 97; count += 1) await server.get(`/nothing/${count}`)
    await server.get('/authsec/nothing')
    await server.pull({ method: 'HEAD' })
    await server.get(PULL, { method: 'OPTIONS' })
    const { status, body } = await read(server.pull())
    expect([status, body['limit']]).toEqual([429, 100])
    expect(body['message']).toMatch('Maximum 100 requests per 1m0s allowed')
  })

  test('belongs to the first address of X-Forwarded-For, if the header has only addresses', async () => {
    await using server = await inProcess()
    const from = async (forwarded: string): Promise<number> =>
      (await server.pull({ headers: { 'x-forwarded-for': forwarded } })).status
    for (let count = 0; count < 100; count += 1) {
      expect(await from(`192.0.2.1, 198.51.100.${count}`)).toBe(200)
    }
    expect(await from('192.0.2.1')).toBe(429)
    expect(await from('192.0.2.2, 192.0.2.1')).toBe(200)
    expect(await from('2001:db8::1')).toBe(200)
    // Something else than addresses: the connection's own address counts.
    for (let count = 0; count < 100; count += 1) await from(`nonsense-${count}`)
    expect((await server.pull()).status).toBe(429)
  })
})

describe('contract 1.2 and 9: timestamps', () => {
  test.each([
    [0, 0.1234567, '2026-11-23T12:00:00.000123Z', '2026-11-23T13:00:00.000123Z'],
    [120, 0.3, '2026-11-23T12:00:00.1203Z', '2026-11-23T13:00:00.1203Z'],
    [500, 0, '2026-11-23T12:00:00.5Z', '2026-11-23T13:00:00.5Z'],
    [0, 0, '2026-11-23T12:00:00Z', '2026-11-23T13:00:00Z'],
    [7, 0.25, '2026-11-23T12:00:00.00725Z', '2026-11-23T13:00:00.00725Z'],
  ])(
    'have microseconds without trailing zeros (%i ms and %d)',
    async (ms, fraction, at, expires) => {
      const clock = {
        ...clockAt(() => Date.UTC(2026, 10, 23, 12) + ms),
        monotonic: () => 5 + fraction,
      }
      await using server = await inProcess({ clock })
      const { body } = await read(server.pull())
      expect([body['updated_at'], body['expires_at']]).toEqual([at, expires])
    },
  )

  test('an expiry comes at its millisecond also when the timestamp has microseconds', async () => {
    let now = Date.UTC(2026, 10, 23, 12)
    const clock = { ...clockAt(() => now), monotonic: () => 0.75 }
    await using server = await inProcess({ clock, ttlSeconds: 60 })
    now += 59_999
    expect((await server.pull()).status).toBe(200)
    now += 1
    expect((await server.pull()).status).toBe(410)
  })
})

describe('contract 2.1 and 9: POST jwt/validate', () => {
  test('answers valid:false with the spiffe_id for a token of another audience', async () => {
    await using server = await inProcess({ audience: ['authsec-api', 'crm-api'], rateLimit: false })
    const { token } = await delegationOf(server.pull())
    const tenant_id = server.tenantId
    for (const audience of ['other-api', 'authsec', 'AUTHSEC-API', 'authsec-api,crm-api']) {
      const { status, body } = await validate(server, { token, tenant_id, audience })
      const spiffe_id = decodeJwt(token).sub
      expect([audience, status, body]).toEqual([
        audience,
        200,
        { spiffe_id, valid: false, claims: null },
      ])
    }
    for (const audience of ['authsec-api', 'crm-api', '', undefined]) {
      const { body } = await validate(server, { token, tenant_id, audience })
      expect([audience, body['valid'], body['audience']]).toEqual([
        audience,
        true,
        ['authsec-api', 'crm-api'],
      ])
    }
  })

  test('answers valid:false without a tenant, with one in upper case and with an unknown one', async () => {
    await using server = await inProcess({
      tenantId: 'abcdef00-0000-4000-8000-000000000000',
      rateLimit: false,
    })
    const { token } = await delegationOf(server.pull())
    const invalid = { spiffe_id: '', valid: false, claims: null }
    const tenants = [undefined, '', server.tenantId.toUpperCase(), randomUUID()]
    for (const tenant_id of tenants) {
      const { status, body } = await validate(server, { token, tenant_id })
      expect([tenant_id, status, body]).toEqual([tenant_id, 200, invalid])
    }
    const { tenantId: tenant_id } = server
    for (const bad of [undefined, '', 'a.b.c', `${token.slice(0, -4)}AAAA`]) {
      expect((await validate(server, { token: bad, tenant_id })).body).toEqual(invalid)
    }
  })

  test('answers 400 for a body that is no object, or that has fields of another type', async () => {
    await using server = await inProcess({ rateLimit: false })
    const error = { code: 'BAD_REQUEST', message: expect.any(String) }
    for (const body of [[], 'token', { token: 1 }, { token: 'x', audience: ['authsec-api'] }]) {
      expect(await validate(server, body)).toMatchObject({ status: 400, body: { error } })
    }
  })

  test('rejects the sixth request in a row by the raw X-Forwarded-For, and refills ten a minute', async () => {
    let now = Date.UTC(2026, 10, 23)
    await using server = await inProcess({ clock: clockAt(() => now) })
    const status = async (forwarded?: string): Promise<number> =>
      (await validate(server, {}, forwarded ? { 'x-forwarded-for': forwarded } : {})).status
    const row = async (forwarded?: string): Promise<number[]> => {
      const statuses: number[] = []
      for (let count = 0; count < 6; count += 1) statuses.push(await status(forwarded))
      return statuses
    }
    const expected = [200, 200, 200, 200, 200, 429]
    expect(await row()).toEqual(expected)
    expect(await row('192.0.2.1')).toEqual(expected)
    expect(await row('192.0.2.1, 10.0.0.1')).toEqual(expected)
    expect(await row('nonsense')).toEqual(expected)
    const rejected = await validate(server, {})
    expect(rejected.headers.get('retry-after')).toBe('60')
    expect(rejected.body['error']).toMatchObject({ code: 'RATE_LIMITED' })
    now += 6_000
    expect([await status(), await status()]).toEqual([200, 429])
    now += 60_000
    expect(await row()).toEqual(expected)
  })

  test('takes any active token in the newer profile, with or without its workspace', async () => {
    await using server = await inProcess({ profile: 'workspace', rateLimit: false })
    const admin = bearer(await server.control.adminToken())
    const { token } = await delegationOf(server.pull(admin))
    expect((await validate(server, { token })).body['valid']).toBe(true)
    const workspace_id = server.tenantId
    expect((await validate(server, { token, workspace_id })).body).toMatchObject({
      valid: true,
      workspace_id,
    })
    expect((await validate(server, { token, workspace_id: randomUUID() })).body['valid']).toBe(
      false,
    )
    server.control.revoke()
    expect((await validate(server, { token })).body['valid']).toBe(false)
  })
})

describe('contract 2.1 and 2.2: the keys and documents that verify no delegation token', () => {
  test('K2 is published with a UUID as kid, and verifies only tokens of the SPIRE provider', async () => {
    await using server = await inProcess()
    const keys = async (path: string): Promise<JSONWebKeySet> =>
      (await (await server.get(path)).json()) as JSONWebKeySet
    const spire = await keys('/authsec/spire/.well-known/jwks.json')
    expect(spire.keys).toMatchObject([{ kty: 'RSA', use: 'sig', alg: 'RS256' }])
    expect(spire.keys[0]?.kid).toMatch(/^[\da-f-]{36}$/)
    const { token } = await delegationOf(server.pull())
    const set = createLocalJWKSet(spire)
    await expect(jwtVerify(await server.control.spireToken(), set)).resolves.toBeDefined()
    await expect(jwtVerify(token, set)).rejects.toThrow()
    const bundle = await keys(`${BUNDLE}?tenant_id=${server.tenantId}`)
    await expect(jwtVerify(token, createLocalJWKSet(bundle))).resolves.toBeDefined()
  })

  test('discovery names an issuer that no token has, and keys that this server does not serve', async () => {
    await using server = await inProcess()
    const { token } = await delegationOf(server.pull())
    for (const path of ['/authsec/.well-known', '/authsec/spire/.well-known']) {
      const { status, body } = await read(server.get(`${path}/openid-configuration`))
      expect([path, status]).toEqual([path, 200])
      expect(body['issuer']).not.toBe(decodeJwt(token).iss)
      const { pathname } = new URL(String(body['jwks_uri']))
      expect((await server.get(pathname)).status).toBe(404)
      expect(body['id_token_signing_alg_values_supported']).toEqual(['RS256'])
    }
    for (const path of ['/.well-known/openid-configuration', '/.well-known/jwks.json']) {
      expect((await server.get(path)).status).toBe(404)
    }
  })
})

describe('contract 3.2 to 3.8: approvals', () => {
  test('an empty list of scopes is the default list', async () => {
    await using server = await inProcess({ approvals: 'approve' })
    const hint = { login_hint: 'approver@example.com' }
    for (const [scopes, scope] of [
      [[], 'openid email profile'],
      [undefined, 'openid email profile'],
      [['openid'], 'openid'],
    ]) {
      const { body } = await read(server.get(`${CIBA}/initiate`, json({ ...hint, scopes })))
      const auth_req_id = body['auth_req_id']
      const polled = await read(server.get(`${CIBA}/token`, json({ auth_req_id })))
      expect(polled.body['scope']).toBe(scope)
    }
  })

  test('the tenant flow takes each form of the client ID, which it compares as a UUID', async () => {
    const cibaClientId = 'abcdef00-0000-4000-8000-000000000000'
    await using server = await inProcess({ cibaClientId })
    const forms = [
      cibaClientId.toUpperCase(),
      `{${cibaClientId}}`,
      cibaClientId.replaceAll('-', ''),
      `urn:uuid:${cibaClientId}`,
    ]
    for (const client_id of forms) {
      const body = { client_id, email: 'approver@example.com' }
      const asked = await read(server.get(`${TENANT_CIBA}/initiate`, json(body)))
      expect([client_id, asked.status]).toEqual([client_id, 200])
      const poll = { client_id, auth_req_id: asked.body['auth_req_id'] }
      expect((await server.get(`${TENANT_CIBA}/token`, json(poll))).status).toBe(202)
    }
  })

  describe.each([
    ['admin', CIBA],
    ['tenant', TENANT_CIBA],
  ])('the devices of the %s flow', (flow, root) => {
    const session = async (
      server: TestServer,
      email?: string,
    ): Promise<Record<string, string>> => ({
      authorization: `Bearer ${await server.control.userToken(email)}`,
    })
    const ask = async (server: TestServer, email: string): Promise<unknown> => {
      const body = { login_hint: email, email, client_id: server.cibaClientId }
      const answer = await read(server.get(`${root}/initiate`, json(body)))
      return answer.body['error'] ?? 'asked'
    }

    test('are listed without their device token, registered and removed', async () => {
      await using server = await inProcess()
      const email = 'nodevice@example.com'
      const headers = await session(server, email)
      const list = async (): Promise<unknown[]> => {
        const { status, body } = await read(server.get(`${root}/devices`, { headers }))
        expect([status, body['success']]).toEqual([200, true])
        return body['devices'] as unknown[]
      }
      expect(await list()).toEqual([])
      expect(await ask(server, email)).toBe('no_device_registered')
      const device = { device_token: 'ExponentPushToken[1]', platform: 'ios', device_name: 'Mine' }
      const registered = await read(server.get(`${root}/register-device`, json(device, headers)))
      expect(registered).toMatchObject({ status: 200, body: { success: true } })
      const id = registered.body['device_id']
      expect(await list()).toEqual([
        {
          id,
          device_name: 'Mine',
          platform: 'ios',
          is_active: true,
          created_at: expect.any(Number),
        },
      ])
      expect(await ask(server, email)).toBe('asked')
      const again = await read(server.get(`${root}/register-device`, json(device, headers)))
      expect(again.body['device_id'] === id).toBe(flow === 'tenant')
      expect(await list()).toHaveLength(1)
      const remove = { method: 'DELETE', headers }
      expect((await server.get(`${root}/devices/${id}`, remove)).status).toBe(200)
      expect(await list()).toEqual([])
      // A second removal is an error in one flow only.
      const second = await server.get(`${root}/devices/${id}`, remove)
      expect(second.status).toBe(flow === 'admin' ? 400 : 200)
      expect((await server.get(`${root}/devices/nonsense`, remove)).status).toBe(400)
    })

    test('need a session and a device token, and belong to their user', async () => {
      await using server = await inProcess()
      const owner = await session(server)
      const other = await session(server, 'nodevice@example.com')
      const { body } = await read(server.get(`${root}/devices`, { headers: owner }))
      const [{ id } = { id: '' }] = body['devices'] as { id: string }[]
      await server.get(`${root}/devices/${id}`, { method: 'DELETE', headers: other })
      expect(await ask(server, 'approver@example.com')).toBe('asked')
      expect((await server.get(`${root}/devices`)).status).toBe(401)
      const register = async (device: object): Promise<number> =>
        (await server.get(`${root}/register-device`, json(device, other))).status
      expect(await register({ platform: 'ios' })).toBe(400)
      expect(await register({ device_token: 'x', platform: 1 })).toBe(400)
      const windows = await register({ device_token: 'x', platform: 'windows' })
      expect(windows).toBe(flow === 'admin' ? 200 : 400)
    })
  })
})
