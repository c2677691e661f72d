import { describe, expect, test } from 'vitest'
import { clockAt, delegationOf, inProcess, json, read, type TestServer } from './test-server.ts'

const ROOT = '/authsec/spire/oidc/exchange'

const bodies = {
  cloud: { provider: 'aws', audience: 'sts.amazonaws.com' },
  aws: { role_arn: 'arn:aws:iam::123456789012:role/agent' },
  azure: { tenant_id: 'contoso.example' },
  gcp: { project_id: 'p', service_email: 'agent@p.iam.example' },
}
type Path = keyof typeof bodies
const paths = Object.keys(bodies) as Path[]

function exchange(
  server: TestServer,
  path: Path,
  token?: string,
  body: object = bodies[path],
): ReturnType<typeof read> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  return read(server.get(`${ROOT}/${path}`, json(body, headers)))
}

async function delegation(server: TestServer): Promise<string> {
  return (await delegationOf(server.pull())).token
}

describe("today's exchange", () => {
  test('returns 400 for a malformed body before it checks the caller', async () => {
    await using server = await inProcess()
    for (const path of paths) {
      const { status, body } = await exchange(server, path, undefined, {})
      expect([path, status, body['error']]).toEqual([path, 400, 'invalid_request'])
    }
  })

  test('returns 401 invalid_client without a bearer token, and 401 invalid_grant with a delegation token', async () => {
    await using server = await inProcess()
    const token = await delegation(server)
    for (const path of paths) {
      const nobody = await exchange(server, path)
      expect([path, nobody.status, nobody.body['error']]).toEqual([path, 401, 'invalid_client'])
      const agent = await exchange(server, path, token)
      expect([path, agent.status, agent.body['error']]).toEqual([path, 401, 'invalid_grant'])
    }
  })

  test('returns 500, not implemented, for the only tokens that it accepts', async () => {
    await using server = await inProcess()
    const token = await server.control.spireToken()
    for (const path of paths) {
      const { status, body } = await exchange(server, path, token)
      expect([path, status, body['error']]).toEqual([path, 500, 'server_error'])
      expect(body['error_description']).toMatch('not yet implemented')
    }
  })
})

test('an unsupported provider returns 400 after the token was checked', async () => {
  await using server = await inProcess()
  const body = { provider: 'oracle', audience: 'x' }
  const agent = await exchange(server, 'cloud', await delegation(server), body)
  expect(agent.body['error']).toBe('invalid_grant')
  const { status, body: answer } = await exchange(
    server,
    'cloud',
    await server.control.spireToken(),
    body,
  )
  expect([status, answer['error']]).toEqual([400, 'unsupported_provider'])
})

test.each([
  ['aws', undefined],
  ['cloud', undefined],
  ['azure', 'https://management.azure.com/.default'],
  ['gcp', 'https://www.googleapis.com/auth/cloud-platform'],
] as const)('in token mode a delegation token becomes a token for %s', async (path, scope) => {
  await using server = await inProcess({ cloudExchange: 'token' })
  const { status, body } = await exchange(server, path, await delegation(server))
  expect(status).toBe(200)
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 })
  expect(body['scope']).toBe(scope)
  expect(server.control.issuedSecrets).toContain(body['access_token'])
})

test('the mode aws-keys returns new keys for AWS on each call, and a token for other providers', async () => {
  const now = Date.UTC(2026, 10, 23, 12)
  await using server = await inProcess({ clock: clockAt(() => now) })
  server.control.setCloudExchange('aws-keys')
  const token = await delegation(server)
  const { body } = await exchange(server, 'aws', token)
  expect(body['access_key_id']).toMatch(/^ASIA[0-9A-F]{16}$/)
  expect(String(body['secret_access_key'])).toHaveLength(40)
  expect(body['expiration']).toBe('2026-11-23T13:00:00Z')
  expect(server.control.issuedSecrets).toEqual(
    expect.arrayContaining([body['secret_access_key'], body['session_token']]),
  )
  const again = await exchange(server, 'cloud', token)
  expect(again.body['secret_access_key']).not.toBe(body['secret_access_key'])
  expect((await exchange(server, 'gcp', token)).body).toHaveProperty('access_token')
})

test('an exchange that issues credentials accepts only valid delegation tokens of this emulator', async () => {
  await using other = await inProcess()
  await using server = await inProcess({ cloudExchange: 'token' })
  const token = await delegation(server)
  server.control.expire()
  const refused = [token, await delegation(other), 'nonsense', await server.control.adminToken()]
  for (const bad of refused) {
    const { status, body } = await exchange(server, 'aws', bad)
    expect([status, body['error']]).toEqual([401, 'invalid_grant'])
  }
})
