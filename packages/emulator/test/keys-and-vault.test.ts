import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { bearer, clockAt, delegationOf, inProcess, read, type TestServer } from './test-server.ts'

const BUNDLE = '/authsec/spiresvc/v1/jwt/bundle'

async function jwks(server: TestServer, path: string): Promise<JSONWebKeySet> {
  return (await (await server.get(path)).json()) as JSONWebKeySet
}

async function token(server: TestServer): Promise<string> {
  return (await delegationOf(server.pull())).token
}

describe('keys', () => {
  test('a token verifies with the bundle of its tenant, and not with the well-known JWKS', async () => {
    await using server = await inProcess()
    const bundle = await jwks(server, `${BUNDLE}?tenant_id=${server.tenantId}`)
    const decoy = await jwks(server, '/authsec/.well-known/jwks.json')
    expect(bundle.keys).toMatchObject([{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: 'default' }])
    expect(decoy.keys).toMatchObject([{ kid: 'authsec-spiffe-key-1' }])
    const jwt = await token(server)
    await expect(jwtVerify(jwt, createLocalJWKSet(bundle))).resolves.toBeDefined()
    const wrong = jwtVerify(jwt, createLocalJWKSet(decoy))
    await expect(wrong).rejects.toThrow(errors.JWSSignatureVerificationFailed)
  })

  test('the bundle returns 400 without a tenant, and another key for another tenant', async () => {
    await using server = await inProcess()
    expect(await read(server.get(BUNDLE))).toMatchObject({
      status: 400,
      body: { error: { code: 'BAD_REQUEST' } },
    })
    const own = await jwks(server, `${BUNDLE}?tenant_id=${server.tenantId}`)
    const other = await jwks(server, `${BUNDLE}?tenant_id=anything`)
    expect(other.keys[0]?.n).not.toBe(own.keys[0]?.n)
    expect(await jwks(server, `${BUNDLE}?tenant_id=anything`)).toEqual(other)
  })

  test('after a rotation no earlier token verifies, and the endpoint still returns the same token', async () => {
    await using server = await inProcess()
    const jwt = await token(server)
    await server.control.rotateKey()
    const bundle = await jwks(server, `${BUNDLE}?tenant_id=${server.tenantId}`)
    await expect(jwtVerify(jwt, createLocalJWKSet(bundle))).rejects.toThrow()
    expect(await token(server)).toBe(jwt)
    expect((await server.get('/secure-vault/metrics', bearer(jwt))).status).toBe(401)
  })
})

describe('the vault', () => {
  test('returns 401 without an error code when there is no bearer token', async () => {
    await using server = await inProcess()
    const { status, body, headers } = await read(server.get('/secure-vault/metrics'))
    expect([status, body]).toEqual([401, { error: 'authentication_required' }])
    expect(headers.get('www-authenticate')).toBe('Bearer')
  })

  test('returns 401 invalid_token for a malformed, foreign or expired bearer token', async () => {
    let now = Date.UTC(2026, 10, 23)
    await using server = await inProcess({ clock: clockAt(() => now), ttlSeconds: 60 })
    await using other = await inProcess({ clock: clockAt(() => now), tenantId: server.tenantId })
    const unsigned = await new SignJWT({ permissions: ['metrics:read'] })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new Uint8Array(32))
    const own = await token(server)
    const foreign = await token(other)
    now += 61_000
    for (const bad of ['nonsense', unsigned, foreign, own, await server.control.adminToken()]) {
      const { status, body, headers } = await read(server.get('/secure-vault/metrics', bearer(bad)))
      expect([status, body['error']]).toEqual([401, 'invalid_token'])
      expect(headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
    }
  })

  test('returns 401 for a token of another audience', async () => {
    await using server = await inProcess({ audience: ['another-api'] })
    const answer = await server.get('/secure-vault/metrics', bearer(await token(server)))
    expect(answer.status).toBe(401)
  })

  test('returns 403 with the name of a missing permission', async () => {
    await using server = await inProcess({ permissions: ['records:read'] })
    const auth = bearer(await token(server))
    const { status, headers } = await read(server.get('/secure-vault/metrics', auth))
    expect(status).toBe(403)
    expect(headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="metrics:read"',
    )
  })

  test('returns restricted records only with the permission for them', async () => {
    await using server = await inProcess()
    const records = async (): Promise<unknown> =>
      (await read(server.get('/secure-vault/records', bearer(await token(server))))).body['total']
    const some = Number(await records())
    server.control.delegate({ permissions: ['records:read', 'records:restricted'] })
    expect(Number(await records())).toBeGreaterThan(some)
  })

  test('accepts a revoked token until it expires, and rejects one that was ended early', async () => {
    await using server = await inProcess()
    const auth = bearer(await token(server))
    server.control.revoke()
    expect((await server.get('/secure-vault/metrics', auth)).status).toBe(200)
    server.control.expire()
    expect((await server.get('/secure-vault/metrics', auth)).status).toBe(401)
  })

  test('records each request without its token', async () => {
    await using server = await inProcess()
    const jwt = await token(server)
    await server.get('/secure-vault/records?clearance=internal', bearer(jwt))
    expect(server.requests[1]).toMatchObject({
      method: 'GET',
      path: '/secure-vault/records',
      query: { clearance: 'internal' },
      status: 200,
      bearer: expect.stringMatching(/^tok_[\da-f]{8}$/),
    })
    expect(JSON.stringify(server.requests)).not.toContain(jwt)
  })
})

describe('the rate limit', () => {
  test('rejects the 101st request of a minute, without Retry-After', async () => {
    let now = Date.UTC(2026, 10, 23)
    await using server = await inProcess({ clock: clockAt(() => now) })
    for (let count = 0; count < 100; count += 1) {
      expect((await server.pull()).status).toBe(200)
    }
    const { status, body, headers } = await read(server.pull())
    expect([status, body['limit'], body['window']]).toEqual([429, 100, '1m0s'])
    expect(body['error']).toBe('Rate limit exceeded')
    expect(headers.has('retry-after')).toBe(false)
    // The vault is another server, and another address has its own limit.
    expect((await server.get('/secure-vault/metrics')).status).toBe(401)
    expect((await server.pull({ headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(200)
    now += 60_000
    expect((await server.pull()).status).toBe(200)
  })

  test('can be switched off', async () => {
    await using server = await inProcess({ rateLimit: false })
    for (let count = 0; count < 101; count += 1) await server.pull()
    expect((await server.pull()).status).toBe(200)
  })
})

describe('an administrator', () => {
  const path = (id: string, call: string): string => `/authsec/uflow/admin/agents/${id}/${call}`
  const post = async (server: TestServer, body?: object): Promise<RequestInit> => ({
    method: 'POST',
    headers: { authorization: `Bearer ${await server.control.adminToken()}` },
    ...(body && { body: JSON.stringify(body) }),
  })

  test('makes a new delegation, whose lifetime the policy caps', async () => {
    await using server = await inProcess({ ttlSeconds: 600 })
    const before = await token(server)
    const init = await post(server, {
      agent_type: 'langchain',
      audience: ['authsec-api'],
      ttl_seconds: 86_400,
    })
    const answer = await read(server.get(path(server.clientId, 'delegate-token'), init))
    expect(answer).toMatchObject({ status: 200, body: { ttl_seconds: 600 } })
    expect(answer.body['token']).not.toBe(before)
    expect(await token(server)).toBe(answer.body['token'])
  })

  test('must name a known agent, an agent_type and an audience', async () => {
    await using server = await inProcess()
    const delegate = async (id: string, body: object): Promise<number> =>
      (await server.get(path(id, 'delegate-token'), await post(server, body))).status
    const body = { agent_type: 'langchain', audience: ['authsec-api'] }
    expect(await delegate(randomUUID(), body)).toBe(404)
    expect(await delegate(server.clientId, { audience: ['authsec-api'] })).toBe(400)
    expect(await delegate(server.clientId, { ...body, audience: [] })).toBe(500)
  })

  test('revokes once', async () => {
    await using server = await inProcess()
    const revoke = async (): ReturnType<typeof read> =>
      read(server.get(path(server.clientId, 'revoke-token'), await post(server)))
    expect(await revoke()).toMatchObject({ status: 200, body: { status: 'revoked' } })
    expect((await revoke()).status).toBe(404)
    expect((await server.pull()).status).toBe(404)
  })

  test('needs a session, which a delegation token is not', async () => {
    await using server = await inProcess()
    const call = path(server.clientId, 'revoke-token')
    const bodies = [
      await read(server.get(call, { method: 'POST' })),
      await read(server.get(call, { method: 'POST', ...bearer(await token(server)) })),
    ].map(({ status, body }) => [status, body['error']])
    expect(bodies).toEqual([
      [401, 'authorization header required'],
      [401, 'Invalid or expired token'],
    ])
  })
})
