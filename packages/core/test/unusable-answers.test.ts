import type { RequestListener, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Emulator } from '@authsec/emulator'
import {
  createFakeClock,
  rejection,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outcomeText } from '../src/adapter.ts'
import type { SecureFetchResponse } from '../src/call/response-guard.ts'
import type { SecureFetchRequest } from '../src/call/secure-fetch-request.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { defineOperation } from '../src/tool.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

async function withApi<T>(
  listener: RequestListener,
  run: (client: AuthSecClient, baseUrl: string, count: () => number) => Promise<T>,
): Promise<T> {
  await using api = await startServer(listener)
  const resources = [
    { name: 'api', baseUrl: api.baseUrl, methods: METHODS, maxResponseBytes: 10_000 },
  ]
  await using client = testClient(emulator, { resources })
  return await run(client, api.baseUrl, () => api.count)
}

const answer =
  (status: number, headers: Record<string, string>, body?: string | Buffer): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers)
    response.end(body)
  }

const JSON_TYPE = { 'content-type': 'application/json' }

describe('an answer without a body', () => {
  it.each<[string, string, RequestListener, number]>([
    ['204 with an encoding', 'DELETE', answer(204, { 'content-encoding': 'gzip' }), 204],
    [
      '204 with an unknown encoding and type',
      'DELETE',
      answer(204, { 'content-encoding': 'x', 'content-type': 'text/html' }),
      204,
    ],
    ['205 with an encoding', 'POST', answer(205, { 'content-encoding': 'br' }), 205],
    [
      '205 with a page all the same',
      'POST',
      answer(205, { 'content-type': 'text/html' }, '<p>'),
      205,
    ],
    [
      '200 of length 0 with an encoding',
      'PUT',
      answer(200, { 'content-encoding': 'gzip', 'content-length': '0' }),
      200,
    ],
    [
      '201 with an encoding and no byte, chunked',
      'POST',
      answer(201, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }),
      201,
    ],
    ['304 with a length', 'GET', answer(304, { 'content-encoding': 'deflate', etag: '"1"' }), 304],
    [
      'HEAD with a large length',
      'HEAD',
      answer(200, { ...JSON_TYPE, 'content-length': '9000000000' }),
      200,
    ],
    [
      'HEAD with an encoding and a page',
      'HEAD',
      answer(200, { 'content-type': 'text/html', 'content-encoding': 'zstd' }),
      200,
    ],
    [
      'HEAD of a missing record',
      'HEAD',
      answer(404, { 'content-length': '20000', 'content-encoding': 'gzip' }),
      404,
    ],
  ])('counts by its status: %s', async (_what, method, listener, status) => {
    await withApi(listener, async (client, baseUrl) => {
      const response = await client.secureFetch({ endpoint: 'x', method })
      expect(response).toMatchObject({ status, ok: status < 300, data: undefined, text: '' })
      const streamed = await client.fetch(`${baseUrl}/x`, { method })
      expect(streamed.status).toBe(status)
      expect(await streamed.text()).toBe('')
    })
  })

  it('counts by its status for secureFetch when its encoding is unknown and no byte comes', async () => {
    const listener = answer(202, { 'content-encoding': 'snappy', 'transfer-encoding': 'chunked' })
    await withApi(listener, async (client) => {
      const response = await client.secureFetch({ endpoint: 'x', method: 'POST' })
      expect(response).toMatchObject({ status: 202, ok: true, data: undefined, text: '' })
    })
  })

  it('comes after early hints as well', async () => {
    const listener: RequestListener = (_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      answer(204, { 'content-encoding': 'gzip' })(_request, response)
    }
    const response = await withApi(listener, (client) =>
      client.secureFetch({ endpoint: 'x', method: 'DELETE' }),
    )
    expect(response.status).toBe(204)
  })

  it('does not open a connection for each call', async () => {
    const sockets = new Set<unknown>()
    const listener: RequestListener = (request, response) => {
      sockets.add(request.socket)
      answer(204, { 'content-encoding': 'gzip' })(request, response)
    }
    await withApi(listener, async (client) => {
      for (let call = 0; call < 10; call++) {
        await client.secureFetch({ endpoint: 'x', method: 'DELETE' })
      }
    })
    expect(sockets.size).toBeLessThan(4)
  })

  it('is still told from a compressed one', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' }
    const { data } = await withApi(answer(200, headers, gzipSync('{"a":1}')), (client) =>
      client.secureFetch({ endpoint: 'x' }),
    )
    expect(data).toEqual({ a: 1 })
  })
})

const cutOff = (status: number) => (_request: unknown, response: ServerResponse) => {
  response.writeHead(status, { ...JSON_TYPE, 'content-length': '100' })
  response.write('{"a":', () => response.socket?.destroy())
}

/** How the body of a success can be unusable. */
const unusable: readonly (readonly [string, RequestListener, string, number])[] = [
  [
    'a page',
    answer(200, { 'content-type': 'text/html' }, '<html>'),
    'unexpected_content_type',
    200,
  ],
  [
    'plain text',
    answer(201, { 'content-type': 'text/plain' }, 'OK'),
    'unexpected_content_type',
    201,
  ],
  ['no type', answer(200, {}, 'OK'), 'unexpected_content_type', 200],
  ['half a JSON document', answer(200, JSON_TYPE, '{"a":'), 'invalid_response', 200],
  [
    'invalid UTF-8',
    answer(200, JSON_TYPE, Buffer.from([0x22, 0xff, 0x22])),
    'invalid_response',
    200,
  ],
  [
    'an announced length that is too large',
    answer(200, JSON_TYPE, JSON.stringify('x'.repeat(20_000))),
    'response_too_large',
    200,
  ],
  [
    'too many chunks',
    (_request, response) => {
      response.writeHead(202, JSON_TYPE)
      response.write(' '.repeat(9_000))
      response.end(' '.repeat(9_000))
    },
    'response_too_large',
    202,
  ],
  [
    'an unknown encoding',
    answer(200, { ...JSON_TYPE, 'content-encoding': 'x' }, '{}'),
    'invalid_response',
    200,
  ],
  [
    'a broken gzip',
    answer(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'not gzip'),
    'invalid_response',
    200,
  ],
  ['a body that is cut off', cutOff(201), 'network_error', 201],
]

describe.each(unusable)('a success with %s', (_what, listener, code, status) => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('says that %s was carried out', async (method) => {
    await withApi(listener, async (client, _baseUrl, count) => {
      const error = await rejection(client.secureFetch({ endpoint: 'x', method }))
      expect(error).toMatchObject({ code, status, carriedOut: true, retryable: false })
      expect(error.message).toMatch(/was carried out: do not repeat it/)
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ status, carriedOut: true })
      expect(count()).toBe(1)
    })
  })

  it('tells the model so', async () => {
    await withApi(listener, async (client) => {
      const tool = defineOperation(client, {
        name: 'delete_customer',
        description: 'Deletes a customer.',
        method: 'DELETE',
        path: 'customers/{id}',
        params: z.object({ id: z.string() }),
      })
      const outcome = await tool.execute({ id: '1' })
      expect(outcome).toMatchObject({ ok: false, code, status, carriedOut: true, retryable: false })
      expect(outcome).toHaveProperty('message', expect.stringMatching(/carried out: do not repeat/))
      expect(tool.outputSchema.parse(outcome)).toEqual(outcome)
      expect(outcomeText(outcome)).not.toMatch(/<html>|not gzip/)
    })
  })

  it('of a GET names the status, and repeats nothing twice', async () => {
    await withApi(listener, async (client) => {
      const error = await rejection(client.secureFetch({ endpoint: 'x' }))
      expect(error).toMatchObject({ code, status, carriedOut: true })
      expect(error).toHaveProperty('retryable', code === 'network_error')
      expect(error.message).not.toMatch(/do not repeat/)
    })
  })
})

describe('a success whose body never ends', () => {
  it('says that the call was carried out', async () => {
    const listener: RequestListener = (_request, response) => {
      response.writeHead(200, JSON_TYPE)
      response.write('{')
    }
    await using api = await startServer(listener)
    const clock = createFakeClock(Date.now())
    const resources = [{ name: 'api', baseUrl: api.baseUrl, methods: METHODS, timeoutMs: 5_000 }]
    const client = testClient(emulator, { clock, resources })
    await client.getDelegationToken()
    const ended = rejection(client.secureFetch({ endpoint: 'x', method: 'POST', body: {} }))
    while (api.count === 0) await new Promise((resolve) => setImmediate(resolve))
    // The headers arrive before the time is up.
    await new Promise((resolve) => setTimeout(resolve, 50))
    await clock.advance(5_000)
    expect(await ended).toMatchObject({
      code: 'timeout',
      status: 200,
      carriedOut: true,
      retryable: false,
    })
  })
})

describe('a call whose answer never began', () => {
  const lost: RequestListener = (_request, response) => response.socket?.destroy()
  const fails = (request: Partial<SecureFetchRequest>) =>
    withApi(lost, (client) => rejection(client.secureFetch({ endpoint: 'x', ...request })))

  it.each(['POST', 'DELETE', 'PATCH'])(
    'is not called retryable for %s, because it may have been carried out',
    async (method) => {
      const error = await fails({ method })
      expect(error).toMatchObject({ code: 'network_error', retryable: false })
      expect(error).toHaveProperty('carriedOut', undefined)
      expect(error.message).toMatch(/not known whether the call was carried out/)
    },
  )

  it.each<[string, Partial<SecureFetchRequest>]>([
    ['GET', {}],
    ['HEAD', { method: 'HEAD' }],
    ['POST with an idempotency key', { method: 'POST', idempotencyKey: 'k-1' }],
  ])('is retryable for %s', async (_what, request) => {
    expect(await fails(request)).toMatchObject({ code: 'network_error', retryable: true })
  })

  it('is retryable for POST when nothing was sent', async () => {
    const resources = [{ baseUrl: 'http://127.0.0.1:2', methods: METHODS }]
    const client = testClient(emulator, { resources })
    const error = await rejection(client.secureFetch({ endpoint: 'x', method: 'POST' }))
    expect(error).toMatchObject({ code: 'network_error', retryable: true })
    expect(error.message).not.toMatch(/carried out/)
  })
})

describe('an error status with a body that cannot be read', () => {
  it.each<[string, RequestListener, number]>([
    [
      'a page that is too large',
      answer(404, { 'content-type': 'text/html' }, 'x'.repeat(20_000)),
      404,
    ],
    ['a broken gzip', answer(422, { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'no'), 422],
    ['an unknown encoding', answer(409, { ...JSON_TYPE, 'content-encoding': 'x' }, '{}'), 409],
    ['a body that is cut off', cutOff(400), 400],
    ['two encodings', answer(500, { 'content-encoding': 'gzip, gzip' }, 'x'), 500],
  ])('is that status: %s', async (_what, listener, status) => {
    const response = await withApi(
      listener,
      (client): Promise<SecureFetchResponse> =>
        client.secureFetch({ endpoint: 'x', method: 'POST' }),
    )
    expect(response).toMatchObject({ ok: false, status, data: undefined, text: '' })
  })

  it('is an event with that status', async () => {
    const events: AuthSecEvent[] = []
    await using api = await startServer(answer(404, { 'content-encoding': 'x' }, 'x'))
    const resources = [{ baseUrl: api.baseUrl }]
    const client = testClient(emulator, { resources, onEvent: (event) => events.push(event) })
    await client.secureFetch({ endpoint: 'x' })
    expect(events.at(-1)).toMatchObject({ type: 'request.completed', status: 404 })
  })
})
