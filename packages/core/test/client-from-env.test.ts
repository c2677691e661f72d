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
