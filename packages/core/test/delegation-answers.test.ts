import {
  anotherProcess,
  createFakeClock,
  type FakeClock,
  rejection,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { createAuthSecClient } from '../src/client/create-client.ts'
import { DelegationError } from '../src/errors.ts'

const CLIENT_ID = 'a594430b-2bd4-4792-9666-63162ee858c5'

interface Reply {
  status: number
  body: string
  type?: string
  headers?: Record<string, string>
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** The error of a first pull from a server that always gives the same reply, and how often it was asked; on a clock that does not wait. */
async function pullFrom(reply: Reply): Promise<{ error: DelegationError; count: number }> {
  await using server = await startServer((_request, response) => {
    response.writeHead(reply.status, { 'content-type': reply.type ?? JSON_TYPE, ...reply.headers })
    response.end(reply.body)
  })
  const clock = createFakeClock()
  // Long enough for all pauses at their longest.
  const options = { clock, timeoutMs: 60_000 }
  const client = createAuthSecClient({ baseUrl: server.baseUrl, clientId: CLIENT_ID, ...options })
  const error = (await passing(clock, rejection(client.getDelegationToken()))) as DelegationError
  expect(DelegationError.isInstance(error)).toBe(true)
  expect(error.hint).not.toBe('')
  return { error, count: server.count }
}

/** Lets the clock run, a little at a time so that real answers can come in, until the work is done. */
async function passing<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  const settled = work.then(
    () => true,
    () => true,
  )
  while (!(await Promise.race([settled, clock.advance(50).then(() => false)])));
  return work
}

const json = (status: number, body: unknown): Reply => ({ status, body: JSON.stringify(body) })
const details = `client_id ${CLIENT_ID} not found in tenant_mappings`

describe('each answer of the token endpoint that is no token', () => {
  it.each<[string, Reply, string]>([
    ['400', json(400, { error: 'Invalid client_id format' }), 'client_id_rejected'],
    [
      '401 of a newer server',
      json(401, { error: 'authorization header required' }),
      'authentication_required',
    ],
    ['403', json(403, { error: 'forbidden' }), 'access_refused'],
    ['404 client', json(404, { error: 'Client not found', details }), 'client_not_found'],
    [
      '404 delegation',
      json(404, { error: 'No active delegation token found', details: 'POST ...' }),
      'no_active_delegation',
    ],
    [
      '404 in text',
      { status: 404, body: '404 page not found', type: 'text/plain' },
      'wrong_base_url',
    ],
    ['404 in HTML', { status: 404, body: '<html>', type: 'text/html' }, 'wrong_base_url'],
    [
      '410',
      json(410, { error: 'Delegation token has expired', expired_at: '2026-11-23T12:00:00Z' }),
      'delegation_expired',
    ],
    ['405', { status: 405, body: '' }, 'request_rejected'],
    ['501', { status: 501, body: '' }, 'server_error'],
    [
      '302',
      { status: 302, body: '', headers: { location: 'https://evil.test/' } },
      'redirect_blocked',
    ],
    ['E2', json(400, { error: 'invalid_request', error_description: 'x' }), 'client_id_rejected'],
    ['E3', json(404, { error: { code: 'NOT_FOUND', message: 'x' } }), 'no_active_delegation'],
    [
      'E4',
      json(400, { auth_req_id: '', expires_in: 0, error: 'user_not_found' }),
      'client_id_rejected',
    ],
  ])('%s is named and not asked again', async (_name, reply, code) => {
    const { error, count } = await pullFrom(reply)
    expect(error.code).toBe(code)
    expect(count).toBe(1)
  })

  it.each<[string, Reply, string, number]>([
    ['500', json(500, { error: 'Failed to connect to tenant database' }), 'server_error', 6],
    ['502 in HTML', { status: 502, body: '<html>', type: 'text/html' }, 'server_error', 6],
    ['503', { status: 503, body: '' }, 'server_error', 6],
    ['408', json(408, { error: 'Request timeout' }), 'timeout', 6],
    [
      '429',
      json(429, { error: 'Rate limit exceeded', limit: 100, window: '1m0s' }),
      'rate_limited',
      2,
    ],
    [
      '200 HTML',
      { status: 200, body: '<html>login</html>', type: 'text/html' },
      'invalid_response',
      3,
    ],
    ['200 cut short', { status: 200, body: '{"token":"eyJ' }, 'invalid_response', 3],
    ['200 without a token', json(200, { status: 'active' }), 'invalid_response', 3],
    ['200 with a list', json(200, []), 'invalid_response', 3],
    ['200 of 100 KiB', json(200, { x: 'x'.repeat(100_000) }), 'invalid_response', 3],
  ])('%s is tried again before it is told', async (_name, reply, code, expected) => {
    const { error, count } = await pullFrom(reply)
    expect(error.code).toBe(code)
    expect(count).toBe(expected)
  })

  it('a server that is not there is tried again before it is told', async () => {
    const server = await startServer(() => undefined)
    await server[Symbol.asyncDispose]()
    const client = createAuthSecClient({ baseUrl: server.baseUrl, clientId: CLIENT_ID })
    expect(await rejection(client.getDelegationToken())).toMatchObject({
      code: 'network_error',
      retryable: true,
      cause: { code: 'ECONNREFUSED' },
    })
  })

  it('carries the request ID of the server', async () => {
    const { error } = await pullFrom({ ...json(404, {}), headers: { 'x-request-id': 'req-7' } })
    expect(error.requestId).toBe('req-7')
  })
})

describe('a token answer', () => {
  const seconds = (ms: number): number => Math.floor(ms / 1000)
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

  /** A pull from a server that answers with these claims and fields, on a clock that both share. */
  async function pull(claims: object, fields: object = {}, header: object = { alg: 'RS256' }) {
    const clock = createFakeClock()
    const iat = seconds(clock.now())
    const all = {
      iss: 'spiffe://t',
      sub: 'spiffe://s',
      aud: ['a'],
      iat,
      exp: iat + 3_600,
      ...claims,
    }
    const token = `${part(header)}.${part(all)}.c2lnbmF0dXJl`
    await using server = await startServer((_request, response) => {
      response.writeHead(200, {
        'content-type': JSON_TYPE,
        date: new Date(clock.now()).toUTCString(),
      })
      response.end(JSON.stringify({ token, ...fields }))
    })
    const client = createAuthSecClient({ baseUrl: server.baseUrl, clientId: CLIENT_ID, clock })
    const outcome = await passing(
      clock,
      client.getDelegationToken().catch((error: DelegationError) => error),
    )
    return { token: outcome, now: clock.now(), iat }
  }

  it('expires at the earlier of exp and expires_at', async () => {
    const start = createFakeClock().now()
    const early = await pull({}, { expires_at: new Date(start + 60_000).toISOString() })
    expect(early.token).toMatchObject({ expiresAt: new Date(start + 60_000) })
    const late = await pull({}, { expires_at: new Date(start + 9_000_000).toISOString() })
    expect(late.token).toMatchObject({ expiresAt: new Date((late.iat + 3_600) * 1000) })
  })

  it.each([
    ['a list', { aud: ['a', 'b'] }, ['a', 'b']],
    ['a string', { aud: 'a' }, ['a']],
  ])('takes the audience as %s', async (_what, claims, audience) => {
    expect((await pull(claims)).token).toMatchObject({ audience })
  })

  it.each([
    ['both', { permissions: ['a', 'b'] }, { permissions: ['b', 'c'] }, ['b']],
    ['null in the answer', { permissions: ['a'] }, { permissions: null }, ['a']],
    ['a wider answer', { permissions: ['a'] }, { permissions: ['*', 'a'] }, ['a']],
    ['neither', {}, {}, []],
  ])('grants what claim and answer agree on: %s', async (_what, claims, fields, permissions) => {
    expect((await pull(claims, fields)).token).toMatchObject({ permissions })
  })

  it.each([
    ['tenant_id', { tenant_id: 't-1' }],
    ['workspace_id', { workspace_id: 't-1' }],
  ])('knows its tenant as %s', async (_name, fields) => {
    expect((await pull({}, fields)).token).toMatchObject({ tenantId: 't-1' })
    expect((await pull(fields)).token).toMatchObject({ tenantId: 't-1' })
  })

  it.each([
    ['no expiry', { exp: undefined }, {}],
    ['an expiry in text', { exp: '1779261936' }, {}],
    ['an expiry of 1e999', { exp: Number.MAX_VALUE }, {}],
    ['an expiry in the past', { exp: 1_779_261_936 }, {}],
    ['a life of a year', { exp: seconds(Date.UTC(2027, 10, 23)) }, {}],
    ['a start in the future', { nbf: seconds(Date.UTC(2026, 10, 23, 12, 5)) }, {}],
    ['an expires_at that is no timestamp', {}, { expires_at: 'tomorrow' }],
  ])('is refused with %s', async (_what, claims, fields) => {
    expect((await pull(claims, fields)).token).toMatchObject({ code: 'invalid_response' })
  })

  it.each([
    ['in the answer', {}, { client_id: 'b594430b-2bd4-4792-9666-63162ee858c5' }],
    ['in the token', { client_id: 'b594430b-2bd4-4792-9666-63162ee858c5' }, {}],
  ])("is refused when it is another agent's, %s", async (_where, claims, fields) => {
    expect((await pull(claims, fields)).token).toMatchObject({ code: 'wrong_client' })
  })

  it('is refused unless it is signed with RS256', async () => {
    expect((await pull({}, {}, { alg: 'none' })).token).toMatchObject({ code: 'invalid_response' })
  })
})

describe('the emulated server', () => {
  it('gives 1 000 concurrent cold calls one token for one request', async () => {
    await using emulator = await testEmulator({ rateLimit: true })
    const client = testClient(emulator)
    const tokens = await Promise.all(
      Array.from({ length: 1_000 }, () => client.getDelegationToken()),
    )
    expect(new Set(tokens).size).toBe(1)
    expect(emulator.requests).toHaveLength(1)
    expect(emulator.requests[0]).toMatchObject({
      path: '/authsec/uflow/sdk/delegation-token',
      query: {},
      status: 200,
    })
  })

  it.each([
    ['upper case', (id: string) => id.toUpperCase()],
    ['braces', (id: string) => `{${id}}`],
    ['a URN', (id: string) => `urn:uuid:${id}`],
    ['spaces', (id: string) => ` ${id}\n`],
  ])('finds the agent although its ID was given in %s', async (_form, write) => {
    await using emulator = await testEmulator()
    const client = testClient({ ...emulator, clientId: write(emulator.clientId) })
    expect((await client.getDelegationToken()).permissions).toEqual([
      'metrics:read',
      'records:read',
    ])
  })

  it('answers expired once, then nothing active; revoked at once nothing active', async () => {
    await using emulator = await testEmulator()
    emulator.control.expire()
    expect(await rejection(testClient(emulator).getDelegationToken())).toMatchObject({
      code: 'delegation_expired',
    })
    const inSecondProcess = testClient(emulator, anotherProcess())
    expect(await rejection(inSecondProcess.getDelegationToken())).toMatchObject({
      code: 'no_active_delegation',
    })
    emulator.control.delegate()
    emulator.control.revoke()
    const inThirdProcess = testClient(emulator, anotherProcess())
    expect(await rejection(inThirdProcess.getDelegationToken())).toMatchObject({
      code: 'no_active_delegation',
    })
  })

  it('returns the same token until there is a new delegation', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator)
    const first = await client.getDelegationToken()
    expect((await client.getDelegationToken({ forceRefresh: true })).fingerprint).toBe(
      first.fingerprint,
    )
    emulator.control.delegate({ permissions: ['metrics:read'] })
    const second = await client.getDelegationToken({ forceRefresh: true })
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect(second.permissions).toEqual(['metrics:read'])
  })

  it('is told apart from a wrong base URL', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
    })
    const client = createAuthSecClient({ baseUrl: server.baseUrl, clientId: CLIENT_ID })
    expect(await rejection(client.getDelegationToken())).toMatchObject({
      code: 'wrong_base_url',
      hint: expect.stringMatching(/AUTHSEC_BASE_URL/),
    })
  })
})

describe('verifying a delegation token', () => {
  it('fails with the documented key set and works with the bundle of the tenant', async () => {
    await using emulator = await testEmulator()
    const { value } = await testClient(emulator).getDelegationToken()
    const keysAt = (path: string): ReturnType<typeof createRemoteJWKSet> =>
      createRemoteJWKSet(new URL(path, emulator.baseUrl))
    const options = { algorithms: ['RS256'], audience: 'authsec-api' }
    await expect(
      jwtVerify(value, keysAt('/authsec/.well-known/jwks.json'), options),
    ).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
    const bundle = keysAt(`/authsec/spiresvc/v1/jwt/bundle?tenant_id=${emulator.tenantId}`)
    const { payload, protectedHeader } = await jwtVerify(value, bundle, options)
    expect(payload.iss).toBe(`spiffe://${emulator.tenantId}`)
    expect(protectedHeader.kid).toBeUndefined()
  })
})

describe('a long delegation token', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const withPermissions = (count: number) => {
    const permissions = Array.from({ length: count }, (_, index) => `resource-${index}:read`)
    const exp = Math.floor(Date.now() / 1000) + 3_600
    const claims = part({ permissions, exp, iat: exp - 3_600 })
    const token = `${part({ alg: 'RS256' })}.${claims}.${'s'.repeat(342)}`
    return { token, permissions, answer: json(200, { token, permissions }) }
  }

  it.each([100, 700, 1_200, 2_300])('with %i permissions is taken', async (count) => {
    const { token, permissions, answer } = withPermissions(count)
    await using server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': JSON_TYPE }).end(answer.body)
    })
    await using client = createAuthSecClient({ baseUrl: server.baseUrl, clientId: CLIENT_ID })
    const taken = await client.getDelegationToken()
    expect(taken.value).toBe(token)
    expect(taken.permissions).toEqual(permissions)
  })

  it('of more than 65 536 characters is refused at once, with the limit in the error', async () => {
    const { token, answer } = withPermissions(2_600)
    expect(token.length).toBeGreaterThan(65_536)
    const { error, count } = await pullFrom(answer)
    expect(error).toMatchObject({ code: 'invalid_response', retryable: false })
    expect(error.message).toMatch(/more than 65536 characters/)
    expect(error.hint).toMatch(/fewer permissions/)
    expect(count).toBe(1)
  })
})
