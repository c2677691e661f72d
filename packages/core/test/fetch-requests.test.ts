import type { Emulator } from '@authsec/emulator'
import {
  fastClock,
  type RecordedRequest,
  type RecordingApi,
  rejection,
  sendJson,
  startRecordingApi,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import ky from 'ky'
import OpenAI from 'openai'
import createOpenApiClient from 'openapi-fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import type { ResourceOptions } from '../src/policy/resource-policy.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const APPROVER = 'approver@example.com'
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

function clientOf(
  { baseUrl }: RecordingApi,
  resource: Partial<ResourceOptions> = {},
  options: Partial<AuthSecClientOptions> = {},
): AuthSecClient {
  const resources = [{ name: 'api', baseUrl, methods: METHODS, ...resource }]
  return testClient(emulator, { resources, ...options })
}

/** What arrives when this is sent by `client.fetch`, and by the platform's fetch. */
async function both(
  args: (url: string) => [string | URL | Request, RequestInit?],
): Promise<[RecordedRequest | undefined, RecordedRequest | undefined]> {
  await using api = await startRecordingApi()
  const [input, init] = args(`${api.baseUrl}/x?a=1#part`)
  await clientOf(api).fetch(input, init)
  await fetch(...args(`${api.baseUrl}/x?a=1#part`))
  return [api.requests[0], api.requests[1]]
}

const POST = 'POST'
const bytes = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode('{"a":"ü"}')
const streamOf = (...pieces: string[]): ReadableStream<Uint8Array> =>
  ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)))
const half = { method: POST, duplex: 'half' } as const

describe('client.fetch sends what the platform’s fetch sends', () => {
  it.each<[string, (url: string) => [string | URL | Request, RequestInit?]]>([
    ['a text', (url) => [url]],
    ['a URL', (url) => [new URL(url)]],
    ['a Request', (url) => [new Request(url)]],
    ['a Request with a method', (url) => [new Request(url, { method: 'DELETE' })]],
    ['a Request with headers', (url) => [new Request(url, { headers: { 'x-a': '1' } })]],
    ['a Request with a text', (url) => [new Request(url, { method: POST, body: 'a=1' })]],
    [
      'a Request with JSON',
      (url) => {
        const headers = { 'content-type': 'application/json' }
        return [new Request(url, { method: POST, body: '{"a":1}', headers })]
      },
    ],
    [
      'a Request with URLSearchParams',
      (url) => [new Request(url, { method: POST, body: new URLSearchParams({ a: 'ü &' }) })],
    ],
    ['a Request with a stream', (url) => [new Request(url, { ...half, body: streamOf('a', 'b') })]],
    [
      'a Request and an init that replaces its method, headers and body',
      (url) => [
        new Request(url, { method: 'PUT', body: 'old', headers: { 'x-old': '1' } }),
        { method: POST, body: 'new', headers: { 'x-new': '1' } },
      ],
    ],
    [
      'a Request and an init with another body, which keeps the content type',
      (url) => [new Request(url, { method: POST, body: 'old' }), { body: bytes() }],
    ],
    [
      'a Request and an init of nothing',
      (url) => [new Request(url, { method: POST, body: 'old' }), { body: null }],
    ],
    ['a text as a body', (url) => [url, { method: POST, body: '{"a":"ü"}' }]],
    ['an empty text as a body', (url) => [url, { method: POST, body: '' }]],
    ['URLSearchParams', (url) => [url, { method: POST, body: new URLSearchParams({ a: 'ü &' }) }]],
    [
      'URLSearchParams with a content type',
      (url) => {
        const headers = { 'Content-Type': 'text/x-mine' }
        return [url, { method: POST, body: new URLSearchParams({ a: '1' }), headers }]
      },
    ],
    ['a Blob', (url) => [url, { method: POST, body: new Blob(['{"a":1}']) }]],
    [
      'a Blob with a type',
      (url) => [url, { method: POST, body: new Blob(['{}'], { type: 'application/json' }) }],
    ],
    ['an empty Blob', (url) => [url, { method: POST, body: new Blob([]) }]],
    ['an ArrayBuffer', (url) => [url, { method: POST, body: bytes().buffer }]],
    ['a Uint8Array', (url) => [url, { method: POST, body: bytes() }]],
    ['a part of a Uint8Array', (url) => [url, { method: POST, body: bytes().subarray(1, 4) }]],
    ['a Uint16Array', (url) => [url, { method: POST, body: new Uint16Array([0x4142, 0x4344]) }]],
    ['a DataView', (url) => [url, { method: POST, body: new DataView(bytes().buffer, 2, 3) }]],
    ['a stream', (url) => [url, { ...half, body: streamOf('piece', ' by ', 'piece') }]],
    ['a method in lower case', (url) => [url, { method: 'post', body: 'x' }]],
  ])('for %s', async (_what, args) => {
    const [ours, theirs] = await both(args)
    const facts = (request: RecordedRequest | undefined): object => {
      const { method, url, body, headers = {} } = request ?? {}
      const { 'content-type': type, 'x-a': a, 'x-old': old, 'x-new': replaced } = headers
      return { method, url, body, type, a, old, replaced }
    }
    expect(facts(ours)).toEqual(facts(theirs))
    expect(ours?.headers.authorization).toMatch(/^Bearer /)
  })

  it('for a form with a file', async () => {
    await using api = await startRecordingApi()
    const body = new FormData()
    body.set('name', 'Ann')
    body.set('file', new File(['content'], 'a.txt', { type: 'text/plain' }))
    await clientOf(api).fetch(`${api.baseUrl}/x`, { method: POST, body })
    const [sent] = api.requests
    const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(
      sent?.headers['content-type'] ?? '',
    )?.[1]
    expect(sent?.body.split(`--${boundary}`)).toHaveLength(4)
    expect(sent?.body).toContain('filename="a.txt"')
  })

  it('and not what the caller changes afterwards', async () => {
    await using api = await startRecordingApi()
    const client = clientOf(api)
    const view = bytes()
    const form = new URLSearchParams({ a: '1' })
    const calls = [
      client.fetch(`${api.baseUrl}/x`, { method: POST, body: view }),
      client.fetch(`${api.baseUrl}/x`, { method: POST, body: view.buffer }),
      client.fetch(`${api.baseUrl}/x`, { method: POST, body: form }),
    ]
    view.fill(0)
    form.set('a', '2')
    await Promise.all(calls)
    expect(api.requests.map(({ body }) => body).sort()).toEqual(['a=1', '{"a":"ü"}', '{"a":"ü"}'])
  })
})

describe('a response of client.fetch', () => {
  it('names its URL without the fragment, its status text, and no redirect', async () => {
    await using api = await startRecordingApi((response) => {
      response.writeHead(418, 'Short and stout', { 'content-type': 'text/plain' })
      response.end('tea')
    })
    const response = await clientOf(api).fetch(new Request(`${api.baseUrl}/x?a=1#part`))
    const copy = response.clone()
    for (const one of [response, copy, copy.clone()]) {
      expect(one).toBeInstanceOf(Response)
      const { url, redirected, status, statusText, ok } = one
      expect({ url, redirected, status, statusText, ok }).toEqual({
        url: `${api.baseUrl}/x?a=1`,
        redirected: false,
        status: 418,
        statusText: 'Short and stout',
        ok: false,
      })
    }
    expect(await copy.text()).toBe('tea')
    expect(await response.text()).toBe('tea')
  })

  it('names where a redirect that the resource allows led to', async () => {
    await using api = await startRecordingApi((response, { url }) => {
      if (url === '/y') return void response.end('{}')
      response.writeHead(302, { location: '/y' }).end()
    })
    const client = clientOf(api, { sameOriginRedirects: 1 })
    const { url, redirected } = await client.fetch(`${api.baseUrl}/x`)
    expect({ url, redirected }).toEqual({ url: `${api.baseUrl}/y`, redirected: true })
    for (const redirect of ['error', 'manual'] as const) {
      for (const input of [`${api.baseUrl}/x`, new Request(`${api.baseUrl}/x`, { redirect })]) {
        const init = typeof input === 'string' ? { redirect } : {}
        expect(await rejection(client.fetch(input, init))).toMatchObject({
          code: 'redirect_blocked',
        })
      }
    }
  })

  it('has no token in its status text', async () => {
    await using api = await startRecordingApi((response, { headers }) => {
      response.writeHead(200, `seen ${headers.authorization}`).end('{}')
    })
    const { statusText } = await clientOf(api).fetch(`${api.baseUrl}/x`)
    expect(statusText).toMatch(/^seen .*\[REDACTED\]/)
    expect(statusText).not.toMatch(/eyJ/)
  })

  it('of the emulator through a fetch function says the same', async () => {
    await using api = await startRecordingApi((response) => {
      response.writeHead(200, 'Fine').end('{}')
    })
    const client = clientOf(api, {}, { fetch: (input, init) => fetch(input, init) })
    const { url, statusText } = await client.fetch(`${api.baseUrl}/x`, {
      ...half,
      body: streamOf('x', 'y'),
    })
    expect({ url, statusText }).toEqual({ url: `${api.baseUrl}/x`, statusText: 'Fine' })
    expect(api.requests[0]?.body).toBe('xy')
  })
})

describe('the signal of a Request', () => {
  it('ends the call, unless init has another or none', async () => {
    await using api = await startRecordingApi((response, { url }) => {
      if (url !== '/hang') response.end('{}')
    })
    const client = clientOf(api)
    const aborted = AbortSignal.abort(new Error('given up'))
    const request = (): Request => new Request(`${api.baseUrl}/x`, { signal: aborted })
    expect((await rejection(client.fetch(request()))).message).toBe('given up')
    expect((await client.fetch(request(), { signal: null })).status).toBe(200)
    const { signal } = new AbortController()
    expect((await client.fetch(request(), { signal })).status).toBe(200)
    const controller = new AbortController()
    const hanging = client.fetch(new Request(`${api.baseUrl}/hang`, { signal: controller.signal }))
    setTimeout(() => controller.abort(new Error('later')), 50)
    expect((await rejection(hanging)).message).toBe('later')
  })

  it('and the time limit end the wait for a body that is read before the call', async () => {
    await using api = await startRecordingApi()
    const never = (): Request =>
      new Request(`${api.baseUrl}/x`, { ...half, body: new ReadableStream() })
    const controller = new AbortController()
    const waiting = clientOf(api).fetch(never(), { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('given up')), 20)
    expect((await rejection(waiting)).message).toBe('given up')
    const slow = clientOf(api, { timeoutMs: 50 }).fetch(never())
    expect(await rejection(slow)).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/nothing was sent/),
    })
    expect(api.requests).toEqual([])
  })
})

describe('a body that is a stream', () => {
  it('is sent once: not again after an error, a 401 or a redirect', async () => {
    for (const answer of [
      sendJson({}, 503),
      sendJson({}, 401),
      sendJson({}, 307, { location: '/y' }),
    ]) {
      await using api = await startRecordingApi(answer)
      await using own = await testEmulator()
      const resources = [{ baseUrl: api.baseUrl, methods: METHODS, sameOriginRedirects: 3 }]
      const client = testClient(own, { resources })
      await client.getDelegationToken()
      own.control.delegate()
      const headers = { 'idempotency-key': 'k' }
      await client
        .fetch(`${api.baseUrl}/x`, { ...half, headers, body: streamOf('a') })
        .catch(() => undefined)
      expect(api.requests).toHaveLength(1)
    }
  })

  it('is read into memory when it is that of a Request, and can be repeated', async () => {
    let count = 0
    await using api = await startRecordingApi((response) => {
      count += 1
      sendJson({}, count === 1 ? 503 : 200)(response)
    })
    const headers = { 'idempotency-key': 'k' }
    const init = { ...half, headers, body: streamOf('a', 'b') }
    await clientOf(api).fetch(new Request(`${api.baseUrl}/x`, init))
    expect(api.requests.map(({ body }) => body)).toEqual(['ab', 'ab'])
  })

  it.each<[string, (url: string) => [string | Request, RequestInit?]]>([
    ['a Request', (url) => [new Request(url, { ...half, body: endless() })]],
    ['a Blob', (url) => [url, { method: POST, body: new Blob([new Uint8Array(17_000_000)]) }]],
    ['a form', (url) => [url, { method: POST, body: bigForm() }]],
    ['a form in a Request', (url) => [new Request(url, { method: POST, body: bigForm() })]],
  ])('is refused beyond 16 MiB when it is that of %s', async (_what, args) => {
    await using api = await startRecordingApi()
    const error = await rejection(clientOf(api).fetch(...args(`${api.baseUrl}/x`)))
    expect(error).toMatchObject({
      code: 'request_too_large',
      hint: expect.stringMatching(/stream/),
    })
    expect(api.requests).toEqual([])
  })

  it('is refused where it fails, before anything is sent', async () => {
    await using api = await startRecordingApi()
    const body = new ReadableStream({
      pull() {
        throw new Error('disk')
      },
    })
    const request = new Request(`${api.baseUrl}/x`, { ...half, body })
    expect(await rejection(clientOf(api).fetch(request))).toMatchObject({
      code: 'body_unsupported',
    })
    expect(api.requests).toEqual([])
  })

  it('is refused for a call that a person must approve, and nobody is asked', async () => {
    await using api = await startRecordingApi()
    const approval = { message: 'Pay?', approver: APPROVER }
    const client = clientOf(api, { approval })
    const call = client.fetch(`${api.baseUrl}/x`, { ...half, body: streamOf('x') })
    expect(await rejection(call)).toMatchObject({
      code: 'body_unsupported',
      message: expect.stringMatching(/approv/),
    })
    expect(emulator.control.approvals()).toEqual([])
  })
})

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
  })
}

function bigForm(): FormData {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(17_000_000)]))
  return form
}

describe('an approval of client.fetch', () => {
  it.each<[string, (url: string, text: string) => [string | Request, RequestInit?]]>([
    ['a Request', (url, text) => [new Request(url, { method: POST, body: text })]],
    ['a Blob', (url, text) => [url, { method: POST, body: new Blob([text]) }]],
    ['a text', (url, text) => [url, { method: POST, body: text }]],
    ['bytes', (url, text) => [url, { method: POST, body: new TextEncoder().encode(text) }]],
  ])('is for the bytes of %s', async (_what, args) => {
    await using api = await startRecordingApi()
    const codes = new Set<string>()
    for (const text of ['pay 1', 'pay 2', 'pay 2']) {
      await using own = await testEmulator({ approvals: 'approve' })
      const approval = { message: 'Pay?', approver: APPROVER }
      const resources = [{ baseUrl: api.baseUrl, methods: METHODS, approval }]
      const client = testClient(own, {
        resources,
        onEvent: (event) => event.type === 'approval.started' && codes.add(event.code),
        clock: fastClock,
      })
      expect((await client.fetch(...args(`${api.baseUrl}/x`, text))).status).toBe(200)
    }
    expect(api.requests.map(({ body }) => body)).toEqual(['pay 1', 'pay 2', 'pay 2'])
  })
})

describe('what client.fetch cannot do', () => {
  it.each<[string, RequestInit]>([
    ['a stream without duplex', { method: POST, body: streamOf('x') }],
    ['an integrity', { integrity: 'sha256-xxxx' }],
    ['a cache that must answer', { cache: 'only-if-cached' } as RequestInit],
    ['a redirect that is none', { redirect: 'never' as 'follow' }],
    ['a dispatcher of its own', { dispatcher: {} } as RequestInit],
    ['an agent of its own', { agent: {} } as RequestInit],
  ])('is a mistake that is named: %s', async (_what, init) => {
    await using api = await startRecordingApi()
    const error = await rejection(clientOf(api).fetch(`${api.baseUrl}/x`, init))
    expect(error).toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/init\.(duplex|integrity|cache|redirect|dispatcher|agent)/),
    })
    expect(api.requests).toEqual([])
  })

  it('is a mistake that is named: the integrity of a Request, and one that was read', async () => {
    await using api = await startRecordingApi()
    const client = clientOf(api)
    const whole = new Request(`${api.baseUrl}/x`, { integrity: 'sha256-xxxx' })
    expect(await rejection(client.fetch(whole))).toMatchObject({ name: 'ConfigError' })
    const used = new Request(`${api.baseUrl}/x`, { method: POST, body: 'x' })
    await used.text()
    expect(await rejection(client.fetch(used))).toMatchObject({ name: 'ConfigError' })
    expect((await client.fetch(used, { body: 'new' })).status).toBe(200)
  })

  it('is left out where a server knows nothing of it: mode, credentials, cache, referrer', async () => {
    await using api = await startRecordingApi()
    const init: RequestInit = {
      ...{ mode: 'cors', credentials: 'include', cache: 'no-store' },
      ...{ referrer: 'about:client', keepalive: true, duplex: 'half' },
    }
    const response = await clientOf(api).fetch(`${api.baseUrl}/x`, init)
    expect(response.status).toBe(200)
    expect(api.requests[0]?.headers).not.toHaveProperty('referer')
  })

  it.each<[string, (url: string) => [unknown, unknown?]]>([
    [
      'a reserved header of a Request',
      (url) => [new Request(url, { headers: { authorization: 'Bearer mine' } })],
    ],
    [
      'a method that the resource does not allow',
      (url) => [new Request(url, { method: 'OPTIONS' })],
    ],
    ['a Request of another host', () => [new Request('https://other.example.com/x')]],
    [
      'user information',
      (url) => [
        {
          ...new Request(url),
          url: url.replace('http://', 'http://u:p@'),
          method: 'GET',
          headers: [],
          bodyUsed: false,
        },
      ],
    ],
    ['an object as a body', (url) => [url, { method: POST, body: { a: 1 } }]],
    ['a list as a body', (url) => [url, { method: POST, body: ['a'] }]],
    ['a number as a body', (url) => [url, { method: POST, body: 7 }]],
    ['a body of a GET', (url) => [url, { body: new Blob(['x']) }]],
  ])('is refused as before: %s', async (_what, args) => {
    await using api = await startRecordingApi()
    const [input, init] = args(`${api.baseUrl}/x`)
    const error = await rejection(clientOf(api).fetch(input as string, init as RequestInit))
    expect(error).toMatchObject({ name: 'ResourceError' })
    expect(api.requests).toEqual([])
  })
})

describe('a client that takes a fetch', () => {
  interface Paths {
    '/records/{id}': {
      put: {
        parameters: { path: { id: string } }
        requestBody: { content: { 'application/json': { name: string } } }
        responses: { 200: { content: { 'application/json': { saved: boolean } } } }
      }
    }
  }

  it('works over client.fetch: openapi-fetch', async () => {
    await using api = await startRecordingApi(sendJson({ saved: true }))
    const { fetch } = clientOf(api)
    const openApi = createOpenApiClient<Paths>({ baseUrl: api.baseUrl, fetch })
    const params = { path: { id: 'r1' } }
    const { data, response } = await openApi.PUT('/records/{id}', { params, body: { name: 'Ann' } })
    expect(data).toEqual({ saved: true })
    expect(response.url).toBe(`${api.baseUrl}/records/r1`)
    expect(api.requests[0]).toMatchObject({
      method: 'PUT',
      url: '/records/r1',
      body: '{"name":"Ann"}',
      headers: { 'content-type': 'application/json' },
    })
  })

  it('works over client.fetch: ky, with its errors and its retries', async () => {
    let count = 0
    await using api = await startRecordingApi((response, { url }) => {
      count += 1
      const status = url === '/missing' ? 404 : count === 1 ? 500 : 200
      sendJson({ count }, status)(response)
    })
    const { fetch } = clientOf(api)
    const http = ky.create({ fetch, retry: { delay: () => 1, methods: ['post'], limit: 1 } })
    expect(await http.post(`${api.baseUrl}/x`, { json: { a: 1 } }).json()).toEqual({ count: 2 })
    expect(api.requests.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}'])
    const error = await rejection(http.get(`${api.baseUrl}/missing`))
    expect(error).toMatchObject({ name: 'HTTPError', response: { status: 404 } })
  })

  it('works over client.fetch: the OpenAI SDK, which sends no key of its own', async () => {
    await using api = await startRecordingApi((response, { body }) => {
      if (!body.includes('"stream":true')) return sendJson({ data: [{ id: 'm' }] })(response)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end('data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n')
    })
    const { fetch } = clientOf(api)
    const openai = new OpenAI({
      baseURL: api.baseUrl,
      apiKey: 'none',
      defaultHeaders: { Authorization: null },
      fetch,
    })
    expect((await openai.models.list()).data).toEqual([{ id: 'm' }])
    const messages = [{ role: 'user' as const, content: 'Hello' }]
    const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true })
    let text = ''
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    expect(text).toBe('Hi')
    expect(
      api.requests.every(({ headers }) => /^Bearer eyJ/.test(`${headers.authorization}`)),
    ).toBe(true)
  })
})
