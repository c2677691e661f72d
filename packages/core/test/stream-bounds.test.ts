import type { ServerResponse } from 'node:http'
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
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import type { AuthSecEvent } from '../src/events.ts'
import type { ResourceOptions } from '../src/policy/resource-policy.ts'

const LIMIT = 100_000

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

/** What a reader of the response was handed before it ended, and how it ended. */
async function readAll(response: Response): Promise<{ bytes: number; error: unknown }> {
  let bytes = 0
  try {
    for await (const piece of response.body ?? []) bytes += piece.byteLength
    return { bytes, error: undefined }
  } catch (error) {
    return { bytes, error }
  }
}

interface Api extends AsyncDisposable {
  readonly client: AuthSecClient
  readonly url: string
  readonly events: AuthSecEvent[]
  /** Connections that are open at the moment. */
  readonly open: number
}

async function apiOf(
  answer: (response: ServerResponse, path: string) => void,
  resource: Partial<ResourceOptions> = {},
  options: Partial<AuthSecClientOptions> = {},
): Promise<Api> {
  let open = 0
  const api = await startServer((request, response) => {
    open += 1
    response.on('close', () => {
      open -= 1
    })
    answer(response, request.url ?? '')
  })
  const events: AuthSecEvent[] = []
  const client = testClient(emulator, {
    resources: [{ baseUrl: api.baseUrl, maxResponseBytes: LIMIT, ...resource }],
    onEvent: (event) => events.push(event),
    ...options,
  })
  return {
    client,
    events,
    url: `${api.baseUrl}/x`,
    get open() {
      return open
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}

/** Writes pieces for as long as the connection takes them. */
function endless(response: ServerResponse, piece: Buffer): void {
  const more = (): void => {
    if (response.destroyed) return
    if (response.write(piece)) setImmediate(more)
    else response.once('drain', more)
  }
  more()
}

const zeros = Buffer.alloc(8_000_000)
const encodings: readonly [string, Buffer][] = [
  ['gzip', gzipSync(zeros)],
  ['x-gzip', gzipSync(zeros)],
  ['br', brotliCompressSync(zeros)],
  ['deflate', deflateSync(zeros)],
  ['gzip', Buffer.concat(Array.from({ length: 6 }, () => gzipSync(Buffer.alloc(90_000))))],
]

describe('the size of a streamed body', () => {
  it.each([50, 300, 1_000, 65_536])(
    'is bounded when the stream never ends, in pieces of %i bytes',
    async (size) => {
      await using api = await apiOf((response) => endless(response, Buffer.alloc(size, 'x')))
      const { bytes, error } = await readAll(await api.client.fetch(api.url))
      expect(error).toMatchObject({ name: 'ResourceError', code: 'response_too_large' })
      expect(bytes).toBeLessThanOrEqual(LIMIT)
      expect(api.events.at(-1)).toMatchObject({
        type: 'request.failed',
        code: 'response_too_large',
      })
      await expect.poll(() => api.open, { interval: 5 }).toBe(0)
    },
  )

  it.each(encodings)('is counted after decoding %s', async (encoding, body) => {
    await using api = await apiOf((response) => {
      response.writeHead(200, { 'content-encoding': encoding })
      // The connection stays open, so that it is the client that has to close it.
      response.write(body)
    })
    const { bytes, error } = await readAll(await api.client.fetch(api.url))
    expect(error).toMatchObject({ code: 'response_too_large' })
    expect(bytes).toBeLessThanOrEqual(LIMIT)
    await expect.poll(() => api.open, { interval: 5 }).toBe(0)
  })

  it.each(encodings.slice(0, 4))(
    'is counted after %s was decoded by a fetch function, whose connection is closed',
    async (encoding, body) => {
      await using api = await apiOf(
        (response) => {
          response.writeHead(200, { 'content-encoding': encoding === 'x-gzip' ? 'gzip' : encoding })
          response.write(body)
        },
        {},
        { fetch: (input, init) => globalThis.fetch(input, init) },
      )
      const { bytes, error } = await readAll(await api.client.fetch(api.url))
      expect(error).toMatchObject({ code: 'response_too_large' })
      expect(bytes).toBeLessThanOrEqual(LIMIT)
      await expect.poll(() => api.open, { interval: 5 }).toBe(0)
    },
  )

  it.each(['gzip, gzip', 'gzip, br', 'br, gzip', 'deflate, identity', 'zstd', 'compress'])(
    'is never reached with the content encoding %s, which is refused at once',
    async (encoding) => {
      await using api = await apiOf((response) => {
        response.writeHead(200, { 'content-encoding': encoding })
        endless(response, gzipSync(gzipSync(zeros)))
      })
      expect(await rejection(api.client.fetch(api.url))).toMatchObject({ code: 'invalid_response' })
      await expect.poll(() => api.open, { interval: 5 }).toBe(0)
    },
  )

  it.each([LIMIT + 1, 10 * LIMIT, 99_999_999_999])(
    'is refused at once when it is announced as %i bytes',
    async (length) => {
      await using api = await apiOf((response) => {
        response.writeHead(200, { 'content-length': length }).write('x')
      })
      expect(await rejection(api.client.fetch(api.url))).toMatchObject({
        code: 'response_too_large',
      })
      expect(api.events.at(-1)).toMatchObject({ type: 'request.failed' })
      await expect.poll(() => api.open, { interval: 5 }).toBe(0)
    },
  )

  it('may be as large as the limit, to the byte, plain and compressed', async () => {
    await using api = await apiOf((response) => {
      const gzip = response.req.url === '/x?gzip'
      if (gzip) response.setHeader('content-encoding', 'gzip')
      const body = Buffer.alloc(LIMIT, ' ')
      response.end(gzip ? gzipSync(body) : body)
    })
    for (const url of [api.url, `${api.url}?gzip`]) {
      expect(await readAll(await api.client.fetch(url))).toEqual({ bytes: LIMIT, error: undefined })
    }
  })

  it('is not that of the answer to a HEAD request', async () => {
    await using api = await apiOf((response) => {
      response.writeHead(200, { 'content-length': 10 * LIMIT }).end()
    })
    expect((await api.client.fetch(api.url, { method: 'HEAD' })).status).toBe(200)
    const head = { endpoint: 'x', method: 'HEAD' }
    expect(await api.client.secureFetch(head)).toMatchObject({ status: 200 })
  })

  it('has the bound of the call where one is given, wider or narrower', async () => {
    await using api = await apiOf((response) => response.end(Buffer.alloc(3 * LIMIT, ' ')))
    const wide = await api.client.fetch(api.url, {}, { maxResponseBytes: 3 * LIMIT })
    expect((await readAll(wide)).bytes).toBe(3 * LIMIT)
    const narrow = api.client.fetch(api.url, {}, { maxResponseBytes: 10 })
    expect(await rejection(narrow)).toMatchObject({ code: 'response_too_large' })
  })
})

describe('the status of a streamed body', () => {
  it.each([600, 799, 999])('is refused when it is %i, which is none of HTTP', async (status) => {
    await using api = await apiOf((response) => response.writeHead(status).end('x'))
    expect(await rejection(api.client.fetch(api.url))).toMatchObject({ code: 'invalid_response' })
  })
})

/** Lets time pass in steps, with the network's work between them, until the work has settled. */
async function passTime(
  clock: ReturnType<typeof createFakeClock>,
  work: Promise<unknown>,
  step: (ms: number) => void = () => undefined,
): Promise<number> {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  work.then(settle, settle)
  let ms = 0
  for (; !settled && ms < 1_000_000; ms += 1_000) {
    step(ms)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await clock.advance(1_000)
  }
  return ms
}

describe('the time of a streamed body', () => {
  /** An API that writes a byte each second of the fake clock, for `seconds`. */
  async function dripping(seconds: number, start = (_response: ServerResponse): void => undefined) {
    const clock = createFakeClock()
    let response: ServerResponse | undefined
    const api = await apiOf(
      (given) => {
        response = given
        start(given)
        given.write(' ')
      },
      { timeoutMs: 30_000 },
      { clock },
    )
    const drip = (ms: number): void => {
      if (ms < seconds * 1000) response?.write(' ')
      else response?.end()
    }
    return { clock, api, drip }
  }

  it.each<[string, (response: ServerResponse) => void]>([
    ['bytes', () => undefined],
    ['events', (response) => response.setHeader('content-type', 'text/event-stream')],
    ['lines', (response) => response.setHeader('content-type', 'application/x-ndjson')],
  ])('is bounded for a drip of %s by the time of the resource', async (_what, start) => {
    const { clock, api, drip } = await dripping(Number.POSITIVE_INFINITY, start)
    const work = api.client.fetch(api.url).then(readAll)
    const ms = await passTime(clock, work, drip)
    const { error } = await work
    expect(error).toMatchObject({ name: 'ResourceError', code: 'timeout' })
    expect(ms).toBeLessThanOrEqual(35_000)
    await expect.poll(() => api.open, { interval: 5 }).toBe(0)
    await api[Symbol.asyncDispose]()
  })

  it('may be wide for a long stream that arrives steadily, and ends there as well', async () => {
    const { clock, api, drip } = await dripping(200)
    const work = api.client.fetch(api.url, {}, { timeoutMs: 600_000 }).then(readAll)
    await passTime(clock, work, drip)
    expect(await work).toMatchObject({ error: undefined })
    const late = await dripping(Number.POSITIVE_INFINITY)
    const cut = late.api.client.fetch(late.api.url, {}, { timeoutMs: 60_000 }).then(readAll)
    const ms = await passTime(late.clock, cut, late.drip)
    expect((await cut).error).toMatchObject({ code: 'timeout' })
    expect(ms).toBeGreaterThan(50_000)
    expect(ms).toBeLessThanOrEqual(70_000)
    await api[Symbol.asyncDispose]()
    await late.api[Symbol.asyncDispose]()
  })

  it('ends with a silence that is longer than allowed, however wide the bound on the whole is', async () => {
    for (const [idleTimeoutMs, seconds] of [
      [undefined, 30],
      [90_000, 90],
      [5_000, 5],
    ] as const) {
      const { clock, api } = await dripping(0)
      const guards = { timeoutMs: 600_000, idleTimeoutMs }
      const work = api.client.fetch(api.url, {}, guards).then(readAll)
      const ms = await passTime(clock, work)
      expect((await work).error).toMatchObject({ code: 'timeout' })
      expect(Math.abs(ms / 1000 - seconds)).toBeLessThanOrEqual(5)
      await api[Symbol.asyncDispose]()
    }
  })

  it('does not run while the reader is busy', async () => {
    const clock = createFakeClock()
    await using api = await apiOf((response) => response.end('one piece'), {}, { clock })
    const response = await api.client.fetch(api.url)
    await clock.advance(3_600_000)
    expect(await response.text()).toBe('one piece')
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2_592_000_000, '100'])(
    'is refused as an option when it is %s',
    async (value) => {
      await using api = await apiOf((response) => response.end('x'))
      for (const name of ['timeoutMs', 'idleTimeoutMs']) {
        const error = await rejection(api.client.fetch(api.url, {}, { [name]: value }))
        expect(error).toMatchObject({ name: 'ConfigError' })
        expect(error.message).toMatch(new RegExp(`${name} .*2147483647`))
      }
    },
  )
})
