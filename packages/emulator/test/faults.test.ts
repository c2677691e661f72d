import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, type Fault } from '../src/index.ts'
import {
  bearer,
  clockAt,
  delegationOf,
  json,
  overHttp,
  type TestServer,
  transports,
} from './test-server.ts'

const VAULT = '/secure-vault/metrics'

describe.each(transports)('a fault %s', (_name, start) => {
  // The tests that count no requests share one server, because its key takes longer than a test.
  let server: TestServer
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('applies to the next request only, and is recorded with it', async () => {
    await using server = await start()
    server.control.failNext({ kind: 'status', status: 503 })
    expect((await server.pull()).status).toBe(503)
    expect((await server.pull()).status).toBe(200)
    expect(server.requests.map(({ status, fault }) => [status, fault])).toEqual([
      [503, 'status'],
      [200, undefined],
    ])
  })

  test('applies to its path, in order and as often as requested, until it is cleared', async () => {
    server.control.failNext(
      { kind: 'status', status: 500 },
      { path: /delegation-token$/g, times: 2 },
    )
    server.control.failNext({ kind: 'status', status: 502 }, { path: VAULT, times: Infinity })
    const statuses = []
    for (const path of [VAULT, '/elsewhere', VAULT]) statuses.push((await server.get(path)).status)
    for (let pull = 0; pull < 3; pull += 1) statuses.push((await server.pull()).status)
    server.control.clearFaults()
    statuses.push((await server.get(VAULT)).status)
    expect(statuses).toEqual([502, 404, 502, 500, 500, 200, 401])
  })

  test('of the kind status returns the given body, headers and Retry-After', async () => {
    const body = { error: 'slow_down' }
    const headers = { 'x-why': 'test' }
    server.control.failNext({ kind: 'status', status: 429, body, headers, retryAfter: '7' })
    const response = await server.pull()
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('x-why')).toBe('test')
    expect(await response.json()).toEqual(body)
    server.control.failNext({ kind: 'status', status: 502, body: 'Bad Gateway' })
    expect(await (await server.pull()).text()).toBe('Bad Gateway')
    server.control.failNext({ kind: 'status', status: 204 })
    expect((await server.pull()).status).toBe(204)
    expect(() => server.control.failNext({ kind: 'status', status: 99 })).toThrow(ConfigError)
  })

  test('resets the connection before any header, without taking effect', async () => {
    await using server = await start()
    server.control.failNext({ kind: 'reset' })
    const error = await server.pull().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNRESET' } })
    expect(server.control.issuedTokens).toHaveLength(0)
    expect(server.requests).toMatchObject([{ status: 0, fault: 'reset' }])
  })

  test.each(['reset', 'hang', 'drop_after_handling'] as const)(
    '%s applies to a POST too',
    async (kind) => {
      await using server = await start()
      server.control.failNext({ kind })
      const init = json({ login_hint: 'approver@example.com' })
      const signal = AbortSignal.timeout(100)
      const asking = server.get('/authsec/uflow/auth/ciba/initiate', { ...init, signal })
      await expect(asking).rejects.toThrow()
      expect(server.control.approvals()).toHaveLength(kind === 'drop_after_handling' ? 1 : 0)
    },
  )

  test('drops the response after the request took effect', async () => {
    await using server = await start({ ttlSeconds: 60 })
    server.control.expire()
    server.control.failNext({ kind: 'drop_after_handling' })
    await expect(server.pull()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    // The dropped response was the only 410.
    expect((await server.pull()).status).toBe(404)
  })

  test.each([
    // The fetch of Node 22 has the same code for a reset and for an early end.
    ['reset_mid_body', /^(ECONNRESET|UND_ERR_SOCKET)$/],
    ['truncated', /^UND_ERR_SOCKET$/],
  ] as const)('%s delivers headers and half a body', async (kind, code) => {
    server.control.failNext({ kind })
    const response = await server.pull()
    expect(response.status).toBe(200)
    const length = Number(response.headers.get('content-length'))
    let received = 0
    const reading = (async () => {
      for await (const chunk of response.body ?? []) received += chunk.length
    })()
    await expect(reading).rejects.toMatchObject({
      message: 'terminated',
      cause: { code: expect.stringMatching(code) },
    })
    expect(received).toBe(length >> 1)
    expect(received).toBeGreaterThan(100)
  })

  test('hangs until the caller aborts', async () => {
    server.control.failNext({ kind: 'hang' })
    const pulling = server.pull({ signal: AbortSignal.timeout(40) })
    await expect(pulling).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('delays the response by a timer of the clock, and cancels it when the caller aborts', async () => {
    const timers: number[] = []
    let cancelled = 0
    const setTimeout = (fn: () => void, ms: number): (() => void) => {
      timers.push(ms)
      if (ms === 1_000) fn()
      return () => {
        cancelled += 1
      }
    }
    await using server = await start({ clock: { ...clockAt(Date.now), setTimeout } })
    server.control.failNext({ kind: 'delay', ms: 1_000 })
    expect((await server.pull()).status).toBe(200)
    server.control.failNext({ kind: 'delay', ms: 2_000 })
    await expect(server.pull({ signal: AbortSignal.timeout(40) })).rejects.toThrow()
    await expect.poll(() => cancelled).toBe(1)
    expect(timers).toEqual([1_000, 2_000])
  })

  test('sends the body one byte at a time until the reader cancels', async () => {
    let running = 0
    const setTimeout = (fn: () => void, ms: number): (() => void) => {
      running += 1
      const timer = globalThis.setTimeout(() => {
        running -= 1
        fn()
      }, ms)
      return () => {
        running -= 1
        clearTimeout(timer)
      }
    }
    await using server = await start({ clock: { ...clockAt(Date.now), setTimeout } })
    server.control.failNext({ kind: 'drip', ms: 5 })
    const response = await server.pull()
    const sizes: number[] = []
    for await (const chunk of response.body ?? []) {
      sizes.push(chunk.length)
      if (sizes.length === 3) break
    }
    expect(Math.max(...sizes)).toBeLessThan(5)
    await expect.poll(() => running).toBe(0)
  })

  test('sends half of a JSON body', async () => {
    server.control.failNext({ kind: 'truncated_json' })
    const response = await server.pull()
    expect(response.headers.get('content-type')).toMatch('application/json')
    await expect(response.json()).rejects.toThrow(SyntaxError)
  })

  test('sends an HTML page, a redirect, or the request itself', async () => {
    server.control.failNext({ kind: 'html' })
    const page = await server.pull()
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ])
    server.control.failNext({ kind: 'redirect', location: 'http://evil.test/', status: 307 })
    const redirected = await server.pull()
    expect([redirected.status, redirected.headers.get('location')]).toEqual([
      307,
      'http://evil.test/',
    ])
    server.control.failNext({ kind: 'echo' })
    const echoed = await (await server.get(VAULT, bearer('abc.def.ghi'))).json()
    expect(echoed).toMatchObject({ path: VAULT, client_id: server.clientId })
    expect(echoed).toMatchObject({ headers: { authorization: 'Bearer abc.def.ghi' } })
  })

  test('sends more headers than the parser accepts', async () => {
    server.control.failNext({ kind: 'headers_flood' })
    const failure = { cause: { code: 'UND_ERR_HEADERS_OVERFLOW' } }
    await expect(server.pull()).rejects.toMatchObject(failure)
  })

  test('sends the requested number of bytes of JSON', async () => {
    server.control.failNext({ kind: 'oversize', bytes: 3_000_001 })
    const text = await (await server.pull()).text()
    expect(text).toHaveLength(3_000_001)
    expect(JSON.parse(text)).toBeTypeOf('object')
  })

  test.each(['gzip', 'br', 'deflate'] as const)(
    'sends a %s body that decodes to the requested size',
    async (encoding) => {
      server.control.failNext({ kind: 'bomb', encoding, bytes: 4_000_000 })
      const response = await server.pull()
      expect(response.headers.get('content-encoding')).toBe(encoding)
      expect((await response.text()).length).toBe(4_000_000)
    },
  )

  test('shifts the clock of the Date header and of the token', async () => {
    const now = Date.UTC(2026, 10, 23, 12)
    await using server = await start({ clock: clockAt(() => now) })
    server.control.failNext({ kind: 'clock', offsetSeconds: -600 })
    const response = await server.pull()
    expect(response.headers.get('date')).toBe('Mon, 23 Nov 2026 11:50:00 GMT')
    const body = await delegationOf(response)
    expect(body.expires_at).toBe('2026-11-23T12:50:00Z')
    expect(decodeJwt(body.token).iat).toBe(now / 1000 - 600)
    const later = await server.get(VAULT)
    expect(later.headers.get('date')).toBe('Mon, 23 Nov 2026 12:00:00 GMT')
  })
})

describe.each(transports)('a forged delegation %s', (_name, start) => {
  // The tests that count no requests share one server, because its key takes longer than a test.
  let server: TestServer
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('applies to the next request of a token, and is among the issued tokens', async () => {
    await using server = await start()
    server.control.failNext({ kind: 'no_expiry' })
    expect((await server.get(VAULT)).status).toBe(401)
    const { token } = await delegationOf(server.pull())
    expect(decodeJwt(token).exp).toBeUndefined()
    expect(server.control.issuedTokens).toContain(token)
    expect(decodeJwt((await delegationOf(server.pull())).token).exp).toBeTypeOf('number')
  })

  test('has another client ID in the response and in the JWT', async () => {
    server.control.failNext({ kind: 'wrong_client' })
    const { token, client_id } = await delegationOf(server.pull())
    expect(client_id).not.toBe(server.clientId)
    expect(decodeJwt(token)['client_id']).toBe(client_id)
  })

  test('has expired', async () => {
    const now = Date.UTC(2026, 10, 23, 12)
    await using server = await start({ clock: clockAt(() => now), ttlSeconds: 120 })
    server.control.failNext({ kind: 'expired_token' })
    const response = await server.pull()
    const { token, expires_at } = await delegationOf(response)
    expect(response.status).toBe(200)
    expect(expires_at).toBe('2026-11-23T11:59:00Z')
    expect(decodeJwt(token)).toMatchObject({ exp: now / 1000 - 60, iat: now / 1000 - 180 })
    const refused = await server.get(VAULT, bearer(token))
    expect(await refused.json()).toMatchObject({ error: 'invalid_token' })
  })

  test('is unsigned, and the vault rejects it', async () => {
    server.control.failNext({ kind: 'unsigned' })
    const { token } = await delegationOf(server.pull())
    expect(decodeProtectedHeader(token).alg).toBe('none')
    expect((await server.get(VAULT, bearer(token))).status).toBe(401)
  })
})

test('closing the emulator ends hanging, delayed and dripping requests', async () => {
  const server = await overHttp()
  const faults: Fault[] = [
    { kind: 'hang' },
    { kind: 'delay', ms: 60_000 },
    { kind: 'drip', ms: 60_000 },
  ]
  for (const fault of faults) server.control.failNext(fault)
  const pulls = faults.map(async () => (await server.pull()).text())
  await expect.poll(() => server.control.issuedTokens.length).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await server[Symbol.asyncDispose]()
  for (const result of await Promise.allSettled(pulls)) expect(result.status).toBe('rejected')
})
