import { createEmulator } from '@authsec/emulator'
import {
  inProcessEmulator,
  plantSecret,
  rejection,
  startServer,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { createAuthSecClientFromEnv } from '../src/client/client-from-env.ts'
import type { AuthSecEvent } from '../src/events.ts'

const MOCK = { AUTHSEC_MODE: 'mock' }

describe('mock mode', () => {
  it('works with nothing configured and announces itself', async () => {
    const events: AuthSecEvent[] = []
    const client = createAuthSecClientFromEnv(MOCK, { onEvent: (event) => events.push(event) })
    expect(client.mode).toBe('mock')
    const { ok, data } = await client.secureFetch({ endpoint: 'metrics' })
    expect(ok).toBe(true)
    expect(data).toHaveProperty('failed_logins')
    expect(events[0]).toMatchObject({ type: 'warning', code: 'mock_mode' })
  })

  it('has tokens that no real verifier takes: their issuer cannot exist', async () => {
    const client = createAuthSecClientFromEnv(MOCK, { onEvent: () => undefined })
    const { value } = await client.getDelegationToken()
    plantSecret('the mock token', value)
    expect(decodeJwt(value).iss).toMatch(/^spiffe:\/\/[0-9a-f-]{36}\.mock\.authsec\.invalid$/)
  })

  it('can be steered with an emulator of one’s own, and fails like a server', async () => {
    const emulator = inProcessEmulator({ mockIssuer: true, permissions: ['metrics:read'] })
    const client = createAuthSecClientFromEnv(MOCK, { emulator, onEvent: () => undefined })
    expect((await client.getDelegationToken()).permissions).toEqual(['metrics:read'])
    expect(await client.secureFetch({ endpoint: 'records' })).toMatchObject({ status: 403 })
    emulator.control.revoke()
    const error = await rejection(client.getDelegationToken({ forceRefresh: true }))
    expect(error).toMatchObject({ code: 'no_active_delegation' })
  })

  it('says that live variables are ignored', () => {
    const messages: string[] = []
    const env = { ...MOCK, AUTHSEC_BASE_URL: 'https://auth.example.com' }
    createAuthSecClientFromEnv(env, {
      onEvent: (event) => event.type === 'warning' && messages.push(event.message),
    })
    expect(messages[0]).toMatch(/ignored/)
  })
})

describe('mock mode with AUTHSEC_API_URL', () => {
  const quiet = { onEvent: (): void => undefined }

  it.each(['', '/', '/v1', '/v1/'])(
    'calls the API on this computer, below its path %j, with a token that the emulator verified',
    async (path) => {
      const seen: string[] = []
      await using server = await startServer((request, response) => {
        seen.push(`${request.method} ${request.url}`)
        const hasBearer = /^Bearer ey/.test(request.headers.authorization ?? '')
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ hasBearer }))
      })
      const env = { ...MOCK, AUTHSEC_API_URL: server.baseUrl + path }
      const client = createAuthSecClientFromEnv(env, quiet)
      expect(client.resources.map(({ name }) => name)).toEqual([new URL(server.baseUrl).host])
      const answer = await client.secureFetch({ endpoint: 'orders/7' })
      expect([answer.status, answer.data]).toEqual([200, { hasBearer: true }])
      const url = `${server.baseUrl}${path.replace(/\/$/, '')}/orders?page=2`
      expect((await client.fetch(url)).status).toBe(200)
      const root = path.replace(/\/$/, '')
      expect(seen).toEqual([`GET ${root}/orders/7`, `GET ${root}/orders?page=2`])
    },
  )

  it('says that calls go to that API, and not that its data is invented', () => {
    const messages: string[] = []
    const env = { ...MOCK, AUTHSEC_API_URL: 'http://localhost:3000' }
    createAuthSecClientFromEnv(env, {
      onEvent: (event) => event.type === 'warning' && messages.push(event.message),
    })
    expect(messages[0]).toMatch('calls of localhost:3000 go to that API on this computer')
    expect(messages[0]).not.toMatch(/invented|ignored/)
  })

  it('never turns a failure of that API into demo data', async () => {
    const server = await startServer((_request, response) => response.end())
    const env = { ...MOCK, AUTHSEC_API_URL: server.baseUrl }
    await server[Symbol.asyncDispose]()
    const client = createAuthSecClientFromEnv(env, quiet)
    for (const endpoint of ['metrics', 'records']) {
      expect(await client.secureFetch({ endpoint })).toMatchObject({ ok: false, status: 502 })
    }
  })

  it.each([
    'https://api.example.com',
    'http://10.0.0.1:3000',
    'http://127.0.0.1.evil.example/',
    'http://user:pass@127.0.0.1/',
    'http://127.0.0.1/?a=1',
    'file:///etc/passwd',
    'not a URL',
  ])('ignores the address %j, says so, and sends nothing there', async (apiUrl) => {
    const messages: string[] = []
    const client = createAuthSecClientFromEnv(
      { ...MOCK, AUTHSEC_API_URL: apiUrl },
      { onEvent: (event) => event.type === 'warning' && messages.push(event.message) },
    )
    expect(messages[0]).toMatch(/its data is invented.*ignored/)
    expect(client.resources.map(({ name }) => name)).toEqual(['secure-vault'])
    expect((await client.secureFetch({ endpoint: 'metrics' })).data).toHaveProperty(
      'mfa_coverage_percent',
    )
  })

  it('leaves the API to an emulator of one’s own', async () => {
    const routes = [{ path: '/orders', permission: 'metrics:read', handle: () => ({ own: 1 }) }]
    const emulator = inProcessEmulator({ mockIssuer: true, routes })
    const env = { ...MOCK, AUTHSEC_API_URL: 'http://127.0.0.1:1' }
    const client = createAuthSecClientFromEnv(env, { ...quiet, emulator })
    expect((await client.secureFetch({ endpoint: 'orders' })).data).toEqual({ own: 1 })
  })

  it('gets an approval within two seconds from an emulator that approves at once', async () => {
    const emulator = inProcessEmulator({ mockIssuer: true, approvals: 'approve' })
    const client = createAuthSecClientFromEnv(MOCK, { ...quiet, emulator })
    const start = performance.now()
    const approval = await client.requestApproval({
      approver: 'approver@example.com',
      message: 'Export 3 records',
    })
    expect(approval.digest).toMatch(/^[\da-f]{64}$/)
    expect(performance.now() - start).toBeLessThan(2_500)
  })
})

describe('live mode', () => {
  it('takes everything from the environment', async () => {
    await using emulator = await testEmulator()
    const client = createAuthSecClientFromEnv({
      AUTHSEC_BASE_URL: emulator.baseUrl,
      AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
      AUTHSEC_API_URL: emulator.vaultUrl,
    })
    expect(client.mode).toBe('live')
    expect(await client.secureFetch({ endpoint: 'records' })).toMatchObject({ status: 200 })
  })

  it('sends the session token to AuthSec, and to AuthSec alone', async () => {
    const seen: unknown[] = []
    await using server = await startServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"x"}')
    })
    const client = createAuthSecClientFromEnv(
      {
        AUTHSEC_BASE_URL: server.baseUrl,
        AUTHSEC_AGENT_CLIENT_ID: createEmulator().clientId,
        AUTHSEC_API_TOKEN: 'session-1',
      },
      { onEvent: () => undefined },
    )
    const error = await rejection(client.getDelegationToken())
    expect(error).toMatchObject({
      code: 'authentication_required',
      message: expect.stringMatching(/requires an authenticated caller/),
      hint: expect.stringMatching(/AUTHSEC_API_TOKEN/),
    })
    expect(seen).toEqual(['Bearer session-1'])
  })

  it('never becomes mock when the server fails', async () => {
    for (const status of [401, 404, 410, 500, 503]) {
      await using server = await startServer((_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
      })
      const client = createAuthSecClientFromEnv(
        {
          AUTHSEC_BASE_URL: server.baseUrl,
          AUTHSEC_AGENT_CLIENT_ID: createEmulator().clientId,
          AUTHSEC_MODE: 'auto',
          NODE_ENV: 'test',
        },
        { onEvent: () => undefined },
      )
      await rejection(client.secureFetch({ endpoint: 'metrics' }))
      await rejection(client.getDelegationToken())
      expect(client.mode).toBe('live')
    }
  })

  it('has nothing to call until an API is named', async () => {
    await using emulator = await testEmulator()
    const client = createAuthSecClientFromEnv({
      AUTHSEC_BASE_URL: emulator.baseUrl,
      AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
    })
    expect(client.resources).toEqual([])
    await rejection(client.secureFetch({ endpoint: 'metrics' }))
    expect(emulator.requests).toHaveLength(0)
  })

  it('names a malformed variable by its remedy', () => {
    const env = {
      AUTHSEC_BASE_URL: 'https://auth.example.com',
      AUTHSEC_AGENT_CLIENT_ID: 'nonsense',
    }
    const error = thrown(() => createAuthSecClientFromEnv(env))
    expect(error.message).toMatch(/UUID/)
  })
})
