import type { RequestListener } from 'node:http'
import { startServer, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { doctor, envOf } from './support/run.ts'

const BUNDLE = /\/jwt\/bundle$/
const TOKEN = /\/sdk\/delegation-token$/
const ID = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'

function page(status: number, type: string, text: string, headers = {}): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(text)
  }
}

describe('The doctor, about what answers', () => {
  test.each([
    ['a start page', 'not_authsec', page(200, 'text/html', '<h1>Welcome to nginx!</h1>')],
    ['a page for every path', 'not_authsec', page(404, 'text/html', '<html>Not Found</html>')],
    ['plain text', 'not_authsec', page(200, 'text/plain', 'hello')],
    ['another API', 'not_authsec', page(404, 'text/plain', '404 page not found')],
    [
      'basic authentication',
      'not_authsec',
      page(401, 'text/plain', '', { 'www-authenticate': 'Basic realm="x"' }),
    ],
    ['a form', 'login_page', page(200, 'text/html', '<form><input type="password"></form>')],
    [
      'a captive portal',
      'login_page',
      page(200, 'text/html', '<title>Sign in to the network</title>'),
    ],
    ['a page of single sign-on', 'login_page', page(403, 'text/html', '<h1>Single sign-on</h1>')],
    ['a gateway alone', 'server_error', page(502, 'text/html', '<h1>502 Bad Gateway</h1>')],
    [
      'a redirect to a login',
      'redirected',
      page(302, 'text/html', '', { location: 'https://sso.example.com/login?state=s3cret' }),
    ],
    [
      'a redirect to https',
      'redirected',
      page(301, 'text/html', '', { location: 'https://auth.example.com/' }),
    ],
    ['a redirect within', 'redirected', page(307, 'text/html', '', { location: '/login' })],
    ['a limit', 'rate_limited', page(429, 'application/json', '{"error":"Rate limit exceeded"}')],
  ])('finds %s in place of AuthSec', async (_name, code, listener) => {
    await using server = await startServer(listener)
    const { codes, out } = await doctor([], {
      env: envOf({ baseUrl: server.baseUrl, clientId: ID }),
    })
    expect(codes).toEqual([code])
    expect(out).not.toContain('s3cret')
  })

  test.each([
    [{ kind: 'html' } as const, 'login_page'],
    [{ kind: 'redirect', location: 'https://elsewhere.example.com' } as const, 'redirected'],
    [{ kind: 'status', status: 429 } as const, 'rate_limited'],
  ])('finds the fault %j of the server', async (fault, code) => {
    await using emulator = await testEmulator()
    emulator.control.failNext(fault, { path: BUNDLE })
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual([code])
  })

  test.each([
    ['x-ratelimit-remaining', '3'],
    ['ratelimit-remaining', '0'],
    ['ratelimit', '"default";r=7;t=50'],
  ])('finds that few requests are left by %s', async (name, value) => {
    await using emulator = await testEmulator()
    const body = {
      error: { code: 'BAD_REQUEST', message: 'tenant_id query parameter is required' },
    }
    emulator.control.failNext(
      { kind: 'status', status: 400, body, headers: { [name]: value } },
      { path: BUNDLE },
    )
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual(['rate_limit_low'])
  })

  test.each([3600, -3600, 90, -40])('finds a clock that is off by %s s', async (offsetSeconds) => {
    await using emulator = await testEmulator()
    emulator.control.failNext({ kind: 'clock', offsetSeconds }, { path: BUNDLE })
    const { codes, findings, facts } = await doctor([], { env: envOf(emulator) })
    expect(codes).toEqual(['clock_skew'])
    expect(findings[0]?.cause).toContain(offsetSeconds > 0 ? 'behind' : 'ahead')
    expect(Math.abs(Number(facts['clockSkewSeconds']) + offsetSeconds)).toBeLessThanOrEqual(3)
  })

  test('says nothing about a clock that is off by a few seconds', async () => {
    await using emulator = await testEmulator()
    emulator.control.failNext({ kind: 'clock', offsetSeconds: 5 }, { path: BUNDLE })
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual([])
  })

  test('tells the two servers apart', async () => {
    await using april = await testEmulator()
    await using newer = await testEmulator({ profile: 'workspace' })
    expect((await doctor([], { env: envOf(april) })).facts['server']).toMatch('April 2026')
    const session = await newer.control.adminToken()
    const env = { ...envOf(newer), AUTHSEC_API_TOKEN: session }
    const { codes, facts } = await doctor([], { env })
    expect(codes).toEqual([])
    expect(facts['server']).toMatch('newer server')
  })
})

describe('The doctor, about the delegation', () => {
  test('is silent about one that is good, and shows neither the token nor the client ID', async () => {
    await using emulator = await testEmulator()
    const run = await doctor([], { env: envOf(emulator) })
    expect(run).toMatchObject({ codes: [], code: 0, err: '' })
    expect(run.facts['token']).toMatchObject({ permissions: ['metrics:read', 'records:read'] })
    expect(run.facts['signature']).toMatch('verified')
  })

  test('finds one that was revoked, never made, expired, reported as expired before, or is another client', async () => {
    await using emulator = await testEmulator()
    const env = envOf(emulator)
    emulator.control.revoke()
    expect((await doctor([], { env })).codes).toEqual(['no_delegation'])
    emulator.control.delegate()
    emulator.control.expire()
    expect((await doctor([], { env })).codes).toEqual(['delegation_expired'])
    expect((await doctor([], { env })).codes).toEqual(['no_delegation'])
    const other = '0c6f3e6f-1d0e-4f57-9a39-6f2c1d0e8a77'
    expect((await doctor(['--client-id', other], { env })).codes).toEqual(['client_not_found'])
    const agents = [{ clientId: other, delegated: false }]
    await using never = await testEmulator({ agents })
    expect((await doctor(['--client-id', other], { env: envOf(never) })).codes).toEqual([
      'no_delegation',
    ])
  })

  test('finds a wrong tenant, and shows fingerprints of both', async () => {
    await using emulator = await testEmulator()
    const { codes, findings } = await doctor(['--tenant', ID], { env: envOf(emulator) })
    expect(codes).toEqual(['wrong_tenant'])
    expect(findings[0]?.cause).toMatch(/ten_[\da-f]{8}.*ten_[\da-f]{8}/)
    const right = await doctor(['--tenant', emulator.tenantId.toUpperCase()], {
      env: envOf(emulator),
    })
    expect(right.codes).toEqual([])
  })

  test('finds a newer server that wants a session, and a session that is none', async () => {
    await using emulator = await testEmulator({ profile: 'workspace' })
    const env = envOf(emulator)
    expect((await doctor([], { env })).codes).toEqual(['session_required'])
    const wrong = { ...env, AUTHSEC_API_TOKEN: 'not-a-session' }
    expect((await doctor([], { env: wrong })).codes).toEqual(['session_required'])
  })

  test('finds a token that ends soon', async () => {
    await using emulator = await testEmulator({ ttlSeconds: 120 })
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual(['delegation_ends_soon'])
  })

  test.each([
    [{ kind: 'wrong_client' } as const, 'wrong_client'],
    [{ kind: 'unsigned' } as const, 'token_unusable'],
    [{ kind: 'no_expiry' } as const, 'token_unusable'],
    [{ kind: 'expired_token' } as const, 'token_unusable'],
    [{ kind: 'truncated_json' } as const, 'token_unusable'],
    [{ kind: 'status', status: 403 } as const, 'access_refused'],
    [{ kind: 'status', status: 400 } as const, 'client_id_rejected'],
    [{ kind: 'status', status: 503 } as const, 'server_error'],
    [{ kind: 'status', status: 429 } as const, 'rate_limited'],
    [{ kind: 'redirect', location: 'https://x.example.com' } as const, 'redirected'],
    [{ kind: 'hang' } as const, 'no_answer'],
  ])('finds the fault %j of the token endpoint', async (fault, code) => {
    await using emulator = await testEmulator()
    emulator.control.failNext(fault, { path: TOKEN, times: Number.POSITIVE_INFINITY })
    // Some are tried again until the time is over.
    const seconds = ['server_error', 'rate_limited', 'no_answer'].includes(code) ? '2' : '10'
    const { codes } = await doctor(['--timeout', seconds], { env: envOf(emulator) })
    expect(codes).toEqual([code])
  })

  test('finds a token that the keys of the tenant did not sign, and keys that do not come', async () => {
    await using emulator = await testEmulator()
    // The server keeps the token that it signed.
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual([])
    await emulator.control.rotateKey()
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual(['signature_invalid'])
    emulator.control.delegate()
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual([])
    const body = {
      error: { code: 'BAD_REQUEST', message: 'tenant_id query parameter is required' },
    }
    emulator.control.failNext({ kind: 'status', status: 400, body }, { path: BUNDLE })
    emulator.control.failNext(
      { kind: 'status', status: 500 },
      { path: BUNDLE, times: Number.POSITIVE_INFINITY },
    )
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual(['keys_unavailable'])
  })

  test('finds an audience that the token is not for', async () => {
    await using emulator = await testEmulator({ audience: ['billing-api', 'records-api'] })
    const env = envOf(emulator)
    expect((await doctor(['--audience', 'records-api'], { env })).codes).toEqual([])
    const { codes, findings } = await doctor(['--audience', 'record-api'], { env })
    expect(codes).toEqual(['audience_missing'])
    expect(findings[0]?.cause).toContain('billing-api, records-api')
  })

  test('tells missing permissions from misspelt and malformed ones', async () => {
    await using emulator = await testEmulator({ permissions: ['metrics:read', 'records:write'] })
    const env = envOf(emulator)
    const found = async (...names: string[]) =>
      (await doctor(['--permission', ...names], { env })).codes
    expect(await found('metrics:read', 'records:write')).toEqual([])
    expect(await found('metrics:write')).toEqual(['permission_missing'])
    expect(await found('records:read')).toEqual(['permission_missing'])
    expect(await found('metrics:raed')).toEqual(['permission_misspelt'])
    expect(await found('metric:read')).toEqual(['permission_misspelt'])
    expect(await found('Metrics:Read')).toEqual(['permission_misspelt'])
    expect(await found('records:*')).toEqual(['permission_malformed'])
    expect(await found('read')).toEqual(['permission_malformed'])
    expect(await found('metrics read')).toEqual(['permission_malformed'])
  })
})

describe('The doctor, about approvals', () => {
  test('rings nobody, and says that it did not look the approver up', async () => {
    await using emulator = await testEmulator()
    const { codes, facts } = await doctor(['--approver', 'approver@example.com'], {
      env: envOf(emulator),
    })
    expect(codes).toEqual([])
    expect(emulator.control.approvals()).toEqual([])
    expect(emulator.requests.some(({ path }) => path.endsWith('/initiate'))).toBe(false)
    expect(facts['approver']).toMatch('not looked up')
  })

  test.each(['approver', 'approver@', '@example.com', 'a b@example.com'])(
    'finds that %j is no address of an approver',
    async (approver) => {
      await using emulator = await testEmulator()
      const { codes } = await doctor(['--approver', approver], { env: envOf(emulator) })
      expect(codes).toEqual(['approver_malformed'])
    },
  )

  test('finds a flow that the server does not have, and a client that it does not accept', async () => {
    await using newer = await testEmulator({ profile: 'workspace' })
    const session = await newer.control.adminToken()
    const env = { ...envOf(newer), AUTHSEC_API_TOKEN: session }
    const flow = ['--approver', 'approver@example.com', '--ciba-client-id', newer.cibaClientId]
    expect((await doctor(flow, { env })).codes).toEqual(['approvals_missing'])
    const wrong = { ...env, AUTHSEC_CIBA_CLIENT_SECRET: 'wrong' }
    expect((await doctor(flow, { env: wrong })).codes).toEqual(['approvals_client_rejected'])
    const right = { ...env, AUTHSEC_CIBA_CLIENT_SECRET: newer.cibaClientSecret }
    expect((await doctor(flow, { env: right })).codes).toEqual([])
    const admin = await doctor(['--approver', 'approver@example.com'], { env })
    expect(admin.codes).toEqual(['approvals_deprecated'])
    await using april = await testEmulator()
    const unknown = ['--ciba-client-id', ID]
    expect((await doctor(unknown, { env: envOf(april) })).codes).toEqual([
      'approvals_client_rejected',
    ])
    const known = ['--ciba-client-id', april.cibaClientId]
    expect((await doctor(known, { env: envOf(april) })).codes).toEqual([])
  })

  test('makes what a server writes into headers harmless', async () => {
    await using emulator = await testEmulator()
    const headers = { deprecation: 'true', sunset: '\u009b2J soon' }
    const fault = {
      kind: 'status',
      status: 400,
      body: { error: 'expired_token' },
      headers,
    } as const
    const path = /\/ciba\/token$/
    const args = ['--approver', 'approver@example.com', '--verbose']
    emulator.control.failNext(fault, { path })
    const { codes, out } = await doctor(args, { env: envOf(emulator) })
    expect(codes).toEqual(['approvals_deprecated'])
    expect(out).not.toContain('\u009b')
  })

  test('finds an endpoint that fails, where approvals are wanted', async () => {
    await using emulator = await testEmulator()
    const env = envOf(emulator)
    const fail = () =>
      emulator.control.failNext({ kind: 'status', status: 500 }, { path: /\/ciba\/token$/ })
    fail()
    expect((await doctor(['--approver', 'approver@example.com'], { env })).codes).toEqual([
      'approvals_failed',
    ])
    fail()
    expect((await doctor([], { env })).codes).toEqual([])
  })
})
