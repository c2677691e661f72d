import { getEventListeners } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Emulator } from '@authsec/emulator'
import {
  createFakeClock,
  rejection,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SecureFetchRequest } from '../src/call/secure-fetch-request.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import { ResourceError } from '../src/errors.ts'
import type { ResourceOptions } from '../src/policy/resource-policy.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

/** A client whose one API answers as the test says. */
async function withApi<T>(
  listener: RequestListener,
  run: (client: AuthSecClient, count: () => number) => Promise<T>,
  resource: Partial<ResourceOptions> = {},
): Promise<T> {
  await using api = await startServer(listener)
  await using client = testClient(emulator, {
    resources: [{ name: 'api', baseUrl: `${api.baseUrl}/v1`, ...resource }],
  })
  return await run(client, () => api.count)
}

const reply =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body)
  }

const failing = (
  listener: RequestListener,
  request: Partial<SecureFetchRequest> = {},
  resource: Partial<ResourceOptions> = {},
): Promise<{ error: ResourceError; count: number }> =>
  withApi(
    listener,
    async (client, count) => {
      const error = await rejection(client.secureFetch({ endpoint: 'x', ...request }))
      return { error: error as ResourceError, count: count() }
    },
    resource,
  )

describe('a call', () => {
  it('carries the token to the vault and brings the data back', async () => {
    const client = testClient(emulator)
    const response = await client.secureFetch({ endpoint: 'metrics' })
    expect(response).toMatchObject({ ok: true, status: 200, redacted: false })
    expect(response.data).toHaveProperty('failed_logins.total')
    const { fingerprint } = await client.getDelegationToken()
    expect(emulator.requests.at(-1)).toMatchObject({
      path: '/secure-vault/metrics',
      bearer: fingerprint,
    })
  })

  it('sends query, body and the developer’s headers, and says how it wants the answer', async () => {
    let seen: IncomingMessage | undefined
    let body = ''
    await withApi(
      (request, response) => {
        seen = request
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => reply('{}')(request, response))
      },
      (client) =>
        client.secureFetch({
          endpoint: 'orders',
          method: 'POST',
          query: { dry: true },
          body: { id: 1 },
          headers: { 'X-Trace': 't-1' },
        }),
      { methods: ['POST'] },
    )
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/orders?dry=true' })
    expect(seen?.headers).toMatchObject({
      'x-trace': 't-1',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      authorization: expect.stringMatching(/^Bearer eyJ/),
    })
    expect(body).toBe('{"id":1}')
  })

  it('returns an error status as a response, without its page', async () => {
    const response = await withApi(
      reply('<html>', { 'content-type': 'text/html' }, 503),
      (client) => client.secureFetch({ endpoint: 'x' }),
    )
    expect(response).toMatchObject({ ok: false, status: 503, data: undefined, text: '' })
  })

  it('takes an empty answer', async () => {
    const response = await withApi(reply('', {}, 204), (client) =>
      client.secureFetch({ endpoint: 'x' }),
    )
    expect(response).toMatchObject({ ok: true, status: 204, data: undefined })
  })
})

describe('a call that is refused', () => {
  it.each<[string, Partial<SecureFetchRequest>, string]>([
    ['a foreign URL', { endpoint: '//evil.test/x' }, 'endpoint_refused'],
    ['a method that is not listed', { method: 'DELETE' }, 'method_refused'],
    ['TRACE', { method: 'TRACE' }, 'method_refused'],
    ['a method in lower case with a line break', { method: 'get\r\n' }, 'method_refused'],
    ['a body with GET', { body: {} }, 'body_unsupported'],
    ['a body of 300 KiB', { method: 'POST', body: 'x'.repeat(300_000) }, 'request_too_large'],
    ['a body that cannot be JSON', { method: 'POST', body: () => 1 }, 'body_not_json'],
    ['a body with a BigInt', { method: 'POST', body: { a: 1n } }, 'body_not_json'],
    ['an Authorization header', { headers: { authorization: 'Bearer x' } }, 'header_refused'],
    ['a Host header', { headers: { Host: 'evil.test' } }, 'header_refused'],
    ['a Cookie', { headers: { cookie: 'a=b' } }, 'header_refused'],
    ['X-Forwarded-For', { headers: { 'x-forwarded-for': '127.0.0.1' } }, 'header_refused'],
    ['X-HTTP-Method-Override', { headers: { 'x-http-method-override': 'PUT' } }, 'header_refused'],
    ['Proxy-Authorization', { headers: { 'proxy-authorization': 'x' } }, 'header_refused'],
    ['a header with a line break', { headers: { 'x-a': 'a\r\nx-b: c' } }, 'header_refused'],
    ['an access_token in the query', { query: { access_token: 'x' } }, 'query_refused'],
    ['an unknown resource', { resource: 'other' }, 'resource_unknown'],
    ['a missing permission', { permission: 'admin:all' }, 'permission_missing'],
  ])('because of %s opens no connection to the API', async (_why, request, code) => {
    const { error, count } = await failing(reply('{}'), request, { methods: ['GET', 'POST'] })
    expect(error.code).toBe(code)
    expect(ResourceError.isInstance(error)).toBe(true)
    expect(count).toBe(0)
    expect(error.message).not.toMatch(/evil|x-b/)
  })

  it('because the permission is that of the resource, says which one is missing', async () => {
    const { error } = await failing(
      reply('{}'),
      {},
      { permission: ['metrics:read', 'vault:admin'] },
    )
    expect(error.message).toMatch(/vault:admin/)
    expect(error.hint).toMatch(/delegate vault:admin/)
  })

  it('because a longer permission does not satisfy a shorter one', async () => {
    const { error } = await failing(reply('{}'), { permission: 'metrics:re' })
    expect(error.code).toBe('permission_missing')
  })

  it('because the token is for another audience', async () => {
    const { error, count } = await failing(reply('{}'), {}, { audience: 'billing' })
    expect(error.code).toBe('audience_mismatch')
    expect(count).toBe(0)
  })

  it('because no API is configured, says how to configure one', async () => {
    const client = testClient(emulator, { resources: [] })
    expect(await rejection(client.secureFetch({ endpoint: 'metrics' }))).toMatchObject({
      code: 'resource_unknown',
      hint: expect.stringMatching(/AUTHSEC_API_URL/),
    })
  })
})

describe('an answer that cannot be used', () => {
  it.each([301, 302, 303, 307, 308])(
    'redirect %i is not followed, on its own origin or another',
    async (status) => {
      let visits = 0
      await using other = await startServer((_request, response) => {
        visits += 1
        response.end()
      })
      for (const location of [`${other.baseUrl}/x`, '/v1/other']) {
        const { error, count } = await failing(reply('', { location }, status))
        expect(error.code).toBe('redirect_blocked')
        expect(count).toBe(1)
      }
      expect(visits).toBe(0)
    },
  )

  it('larger than the limit is cut off, whether announced or not', async () => {
    const big = JSON.stringify('x'.repeat(5_000))
    const chunked: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(big.slice(0, 3_000))
      response.end(big.slice(3_000))
    }
    for (const listener of [reply(big, { 'content-length': String(big.length) }), chunked]) {
      const { error } = await failing(listener, {}, { maxResponseBytes: 4_096 })
      expect(error.code).toBe('response_too_large')
    }
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)(
    'compressed with %s although nobody asked is decoded up to the limit',
    async (encoding, compress) => {
      const headers = { 'content-encoding': encoding }
      const small = await withApi(reply(compress('{"a":1}'), headers), (client) =>
        client.secureFetch({ endpoint: 'x' }),
      )
      expect(small.data).toEqual({ a: 1 })
      const { error } = await failing(reply(compress(Buffer.alloc(50_000_000, 32)), headers))
      expect(error.code).toBe('response_too_large')
    },
  )

  it.each([
    ['an unknown encoding', reply('x', { 'content-encoding': 'snappy' }), 'invalid_response'],
    [
      'two encodings',
      reply(gzipSync(gzipSync('{}')), { 'content-encoding': 'gzip, gzip' }),
      'invalid_response',
    ],
    ['a broken gzip', reply('not gzip', { 'content-encoding': 'gzip' }), 'invalid_response'],
    ['HTML', reply('<html>', { 'content-type': 'text/html' }), 'unexpected_content_type'],
    ['no content type', reply('{}', { 'content-type': '' }), 'unexpected_content_type'],
    ['cut JSON', reply('{"a":'), 'invalid_response'],
    ['invalid UTF-8', reply(Buffer.from([0x22, 0xff, 0x22])), 'invalid_response'],
    ['100 000 brackets', reply('['.repeat(100_000)), 'invalid_response'],
    ['200 000 values', reply(`[${'1,'.repeat(200_000)}1]`), 'invalid_response'],
    ['headers of 40 KiB', reply('{}', { 'x-flood': 'x'.repeat(40_000) }), 'response_too_large'],
  ])('%s is an error without a word of its content', async (_what, listener, code) => {
    const { error } = await failing(listener)
    expect(error.code).toBe(code)
    expect(error.message).not.toMatch(/<html>|snappy|x{5}/)
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['before its headers', (response) => response.socket?.destroy()],
    [
      'in its middle',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
        response.write('{"a":', () => response.socket?.destroy())
      },
    ],
  ])('lost %s is a network error', async (_when, drop) => {
    const { error } = await failing((_request, response) => drop(response))
    expect(error).toMatchObject({ code: 'network_error', retryable: true })
  })

  it.each<[string, RequestListener]>([
    ['never comes', () => undefined],
    [
      'drips',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{')
      },
    ],
  ])('that %s ends at the deadline', async (_how, listener) => {
    await using api = await startServer(listener)
    const clock = createFakeClock(Date.now())
    const client = testClient(emulator, {
      clock,
      resources: [{ baseUrl: api.baseUrl, timeoutMs: 5_000 }],
    })
    await client.getDelegationToken()
    const outcome = rejection(client.secureFetch({ endpoint: 'x' }))
    while (api.count === 0) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(5_000)
    expect(await outcome).toMatchObject({ code: 'timeout' })
    expect(clock.pending).toBe(0)
  })

  it('is given up at once when the caller aborts', async () => {
    await using api = await startServer(() => undefined)
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    const controller = new AbortController()
    const outcome = rejection(client.secureFetch({ endpoint: 'x', signal: controller.signal }))
    while (api.count === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    expect((await outcome).message).toBe('enough')
  })
})

describe('a signal that lives long', () => {
  it('keeps nothing of the calls it was given to', async () => {
    const client = testClient(emulator)
    const { signal } = new AbortController()
    for (let call = 0; call < 50; call++) await client.secureFetch({ endpoint: 'metrics', signal })
    const response = await client.fetch(`${emulator.vaultUrl}metrics`, { signal })
    await response.text()
    await client.getDelegationToken({ forceRefresh: true, signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('what comes back', () => {
  const fetched = (body: string, headers: Record<string, string> = {}) =>
    withApi(reply(body, headers), (client) => client.secureFetch({ endpoint: 'x' }))

  it('has no key that reaches a prototype, however it is spelled', async () => {
    const { data } = await fetched(
      '{"a":[{"__proto__":{"polluted":1}}],"constructor":{"prototype":{}},"\\u005f_proto__":{"polluted":1},"ok":1}',
    )
    expect(JSON.stringify(data)).toBe('{"a":[{}],"constructor":{},"ok":1}')
    Object.assign({}, data)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('keeps numbers that JavaScript cannot hold as their text', async () => {
    const { data } = await fetched(
      '{"id":12345678901234567890,"big":1e999,"n":-0.5,"safe":9007199254740991}',
    )
    expect(data).toEqual({
      id: '12345678901234567890',
      big: '1e999',
      n: -0.5,
      safe: 9007199254740991,
    })
  })

  it('has only harmless headers', async () => {
    const { headers } = await fetched('{}', {
      'set-cookie': 'a=b',
      'www-authenticate': 'Bearer',
      etag: '"1"',
      'x-internal': 'secret',
    })
    expect(Object.keys(headers).sort()).toEqual(['content-type', 'etag'])
  })

  it('has neither token nor client ID when the API echoes them', async () => {
    const echo: RequestListener = (request, response) => {
      const authorization = String(request.headers.authorization)
      const signature = authorization.split('.')[2] ?? ''
      reply(
        JSON.stringify({
          authorization,
          half: signature.slice(20, 60),
          client: emulator.clientId.toUpperCase(),
          note: 'kept',
        }),
      )(request, response)
    }
    await withApi(echo, async (client) => {
      const response = await client.secureFetch({ endpoint: 'x' })
      const { value } = await client.getDelegationToken()
      const signature = value.split('.')[2] ?? ''
      expect(response.redacted).toBe(true)
      expect(response.data).toEqual({
        authorization: 'Bearer [REDACTED]',
        half: '[REDACTED]',
        client: expect.stringMatching(/^cid_[0-9a-f]{8}$/),
        note: 'kept',
      })
      expect(response.text).not.toContain(signature.slice(30, 46))
    })
  })
})

describe('an API that answers 401', () => {
  it('gets a newer token once, if there is one', async () => {
    await using own = await testEmulator()
    const client = testClient(own)
    const old = await client.getDelegationToken()
    own.control.expire()
    own.control.delegate()
    const response = await client.secureFetch({ endpoint: 'metrics' })
    expect(response.status).toBe(200)
    const used = own.requests.filter(({ path }) => path === '/secure-vault/metrics')
    expect(used.map(({ status }) => status)).toEqual([401, 200])
    expect(used[0]?.bearer).toBe(old.fingerprint)
    expect(used[1]?.bearer).not.toBe(old.fingerprint)
  })

  it('is asked once when AuthSec has the same token still', async () => {
    await withApi(reply('{}', {}, 401), async (client, count) => {
      expect(await client.secureFetch({ endpoint: 'x' })).toMatchObject({ ok: false, status: 401 })
      expect(count()).toBe(1)
      await client.secureFetch({ endpoint: 'x' })
      expect(count()).toBe(2)
    })
  })

  it('reveals a delegation that has expired or was revoked meanwhile', async () => {
    await using own = await testEmulator()
    const client = testClient(own)
    await client.getDelegationToken()
    own.control.expire()
    expect(await rejection(client.secureFetch({ endpoint: 'metrics' }))).toMatchObject({
      code: 'delegation_expired',
    })
    expect(await rejection(client.secureFetch({ endpoint: 'metrics' }))).toMatchObject({
      code: 'delegation_expired',
    })
    expect(own.requests.filter(({ path }) => path.endsWith('delegation-token'))).toHaveLength(2)
  })

  it('sees one refresh for a storm of 1 000 calls', async () => {
    await using own = await testEmulator()
    await using api = await startServer(reply('{}', {}, 401))
    const client = testClient(own, { resources: [{ baseUrl: api.baseUrl }] })
    await client.getDelegationToken()
    await Promise.all(Array.from({ length: 1_000 }, () => client.secureFetch({ endpoint: 'x' })))
    expect(own.requests).toHaveLength(2)
    expect(api.count).toBe(1_000)
  })
})

describe('the standard fetch', () => {
  it('carries the token to a listed resource and streams the answer', async () => {
    const client = testClient(emulator)
    const response = await client.fetch(`${emulator.vaultUrl}records?clearance=internal`)
    expect(response.status).toBe(200)
    expect(((await response.json()) as { total: number }).total).toBeGreaterThan(0)
  })

  it.each([['https://evil.test/'], ['http://127.0.0.1:1/secure-vault/metrics'], ['metrics']])(
    'refuses %s without asking for a token',
    async (url) => {
      await using own = await testEmulator()
      const error = await rejection(testClient(own).fetch(url))
      expect(error).toMatchObject({ code: 'resource_unknown' })
      expect(own.requests).toHaveLength(0)
    },
  )

  it('refuses a reserved header', async () => {
    const client = testClient(emulator)
    const headers = { authorization: 'Bearer mine' }
    const error = await rejection(client.fetch(`${emulator.vaultUrl}metrics`, { headers }))
    expect(error).toMatchObject({ code: 'header_refused' })
  })

  it('follows no redirect, and sends a body that can be sent again', async () => {
    await using api = await startServer(reply('', { location: '/y' }, 307))
    const resources = [{ baseUrl: api.baseUrl, methods: ['POST'] }]
    const client = testClient(emulator, { resources })
    const init = { method: 'POST', body: new URLSearchParams({ a: '1' }) }
    const error = await rejection(client.fetch(`${api.baseUrl}/x`, init))
    expect(error).toMatchObject({ code: 'redirect_blocked' })
    expect(api.count).toBe(1)
    const stream = { method: 'POST', body: new ReadableStream(), duplex: 'half' } as RequestInit
    stream.body = ReadableStream.from([Buffer.from('x')])
    const again = await rejection(client.fetch(`${api.baseUrl}/x`, stream))
    expect(again).toMatchObject({ code: 'redirect_blocked' })
  })

  it('ends a body that stops coming', async () => {
    await using api = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.write('{"a":1}\n')
    })
    const clock = createFakeClock(Date.now())
    const client = testClient(emulator, {
      clock,
      resources: [{ baseUrl: api.baseUrl, timeoutMs: 1_000 }],
    })
    const response = await client.fetch(`${api.baseUrl}/stream`)
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('{"a":1}\n')
    const next = rejection(reader?.read() ?? Promise.resolve())
    await clock.advance(1_000)
    expect(await next).toMatchObject({ code: 'timeout', retryable: true })
  })
})
