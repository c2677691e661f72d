import { randomUUID } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { clockAt, delegationOf, inProcess, read, transports } from './test-server.ts'

const PATH = '/authsec/uflow/sdk/delegation-token'

describe.each(transports)('the delegation endpoint %s', (_name, start) => {
  test('returns the eleven fields of the April server', async () => {
    await using server = await start({ ttlSeconds: 900 })
    const { status, body, headers } = await read(server.pull())
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch('application/json')
    expect(headers.get('cache-control')).toBeNull()
    expect(Object.keys(body).sort()).toEqual(
      [
        ...['token', 'spiffe_id', 'permissions', 'audience', 'expires_at', 'ttl_seconds'],
        ...['client_id', 'tenant_id', 'status', 'issued_at', 'updated_at'],
      ].sort(),
    )
    expect(body).toMatchObject({ status: 'active', ttl_seconds: 900, audience: ['authsec-api'] })
  })

  test('repeats the request ID, or creates one', async () => {
    await using server = await start()
    const echoed = await server.pull({ headers: { 'x-request-id': 'req-1' } })
    expect(echoed.headers.get('x-request-id')).toBe('req-1')
    expect((await server.pull()).headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  })
})

test('the token has the header and the claims of the server', async () => {
  const now = Date.UTC(2026, 10, 23, 12, 0, 0, 900)
  await using server = await inProcess({ clock: clockAt(() => now), ttlSeconds: 900 })
  const { token, expires_at } = await delegationOf(server.pull())
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'JWT' })
  expect(decodeJwt(token)).toMatchObject({
    iss: `spiffe://${server.tenantId}`,
    aud: ['authsec-api'],
    exp: Math.floor(now / 1000) + 900,
    nbf: Math.floor(now / 1000),
    client_id: server.clientId,
    permissions: ['metrics:read', 'records:read'],
  })
  // The row expires a fraction of a second after the token.
  expect(expires_at).toBe('2026-11-23T12:15:00.9Z')
})

test('mock tokens have an issuer that cannot exist', async () => {
  await using server = await inProcess({ mockIssuer: true })
  const { token } = await delegationOf(server.pull())
  expect(decodeJwt(token).iss).toMatch(/\.invalid$/)
})

test.each([
  ['no client_id', '', 'client_id is required (query param or X-Client-ID header)'],
  ['a client_id that is not a UUID', '?client_id=agent', 'Invalid client_id format'],
  ['white space around the client_id', `?client_id=%20${randomUUID()}`, 'Invalid client_id format'],
])('a request with %s returns 400', async (_name, query, error) => {
  await using server = await inProcess()
  expect(await read(server.get(PATH + query))).toMatchObject({ status: 400, body: { error } })
})

test('an unknown client gets 404 Client not found', async () => {
  await using server = await inProcess()
  const { status, body } = await read(server.get(`${PATH}?client_id=${randomUUID()}`))
  expect([status, body['error']]).toEqual([404, 'Client not found'])
})

test.each([
  ['upper case', (id: string) => id.toUpperCase(), 'No active delegation token found'],
  ['braces', (id: string) => `{${id}}`, 'No active delegation token found'],
  ['bare digits', (id: string) => id.replaceAll('-', ''), 'No active delegation token found'],
  ['a URN', (id: string) => `urn:uuid:${id}`, 'Client not found'],
])('the right client_id in the form of %s gets 404', async (_name, form, error) => {
  await using server = await inProcess({ clientId: 'abcdef00-0000-4000-8000-000000000000' })
  const path = `${PATH}?client_id=${encodeURIComponent(form(server.clientId))}`
  expect(await read(server.get(path))).toMatchObject({ status: 404, body: { error } })
})

test('the header X-Client-ID is read only without the query parameter', async () => {
  await using server = await inProcess()
  const headers = { 'x-client-id': server.clientId }
  expect((await server.get(PATH, { headers })).status).toBe(200)
  expect((await server.get(`${PATH}?client_id=${randomUUID()}`, { headers })).status).toBe(404)
})

test('an Authorization header is ignored', async () => {
  await using server = await inProcess()
  expect((await server.pull({ headers: { authorization: 'Bearer nonsense' } })).status).toBe(200)
})

test('the endpoint returns the same JWT until the next delegation', async () => {
  let now = Date.UTC(2026, 10, 23)
  await using server = await inProcess({ clock: clockAt(() => now) })
  const first = await delegationOf(server.pull())
  now += 3_599_000
  expect(await delegationOf(server.pull())).toEqual(first)
  server.control.delegate({ permissions: ['metrics:read'], ttlSeconds: 60 })
  const next = await read(server.pull())
  expect(next.body['token']).not.toBe(first.token)
  expect(next.body).toMatchObject({
    permissions: ['metrics:read'],
    issued_at: '2026-11-23T00:00:00Z',
    updated_at: '2026-11-23T00:59:59Z',
  })
  expect(server.control.issuedTokens).toHaveLength(2)
})

test('after the expiry the first request gets 410, and later ones get 404', async () => {
  let now = Date.UTC(2026, 10, 23)
  await using server = await inProcess({ clock: clockAt(() => now), ttlSeconds: 60 })
  now += 60_000
  const gone = await read(server.pull())
  expect(gone).toMatchObject({
    status: 410,
    body: { error: 'Delegation token has expired', expired_at: '2026-11-23T00:01:00Z' },
  })
  const after = await read(server.pull())
  expect([after.status, after.body['error']]).toEqual([404, 'No active delegation token found'])
  server.control.delegate()
  expect((await server.pull()).status).toBe(200)
})

test('a request for a revoked delegation gets 404', async () => {
  await using server = await inProcess()
  server.control.revoke()
  const { status, body } = await read(server.pull())
  expect([status, body['error']]).toEqual([404, 'No active delegation token found'])
})

test('an unknown path returns 404 in plain text', async () => {
  await using server = await inProcess()
  const answer = await server.get('/uflow/sdk/delegation-token')
  expect(answer.headers.get('content-type')).toMatch('text/plain')
  expect([answer.status, await answer.text()]).toEqual([404, '404 page not found'])
})
