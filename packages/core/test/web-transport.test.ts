import { gzipSync } from 'node:zlib'
import type { Emulator } from '@authsec/emulator'
import { rejection, startServer, testEmulator, thrown } from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { loadWebCore, type WebCore } from './support/web-core.ts'

let web: WebCore
let emulator: Emulator
beforeAll(async () => {
  web = await loadWebCore()
  emulator = await testEmulator()
})
afterAll(() => emulator.close())
afterEach(() => vi.unstubAllGlobals())

type Options = Parameters<WebCore['createAuthSecClient']>[0]

function client(options: Partial<Options> = {}): AuthSecClient {
  const { baseUrl, clientId, vaultUrl } = emulator
  return web.createAuthSecClient({
    baseUrl,
    clientId,
    resources: [{ baseUrl: vaultUrl }],
    ...options,
  })
}

describe('a client in a runtime without Node.js', () => {
  it('follows no redirect, and sends the bearer nowhere else', async () => {
    await using other = await startServer((_request, response) => response.end('{}'))
    for (const status of [301, 302, 303, 307, 308]) {
      await using api = await startServer((_request, response) => {
        response.writeHead(status, { location: `${other.baseUrl}/x` }).end()
      })
      const error = await rejection(
        client({ resources: [{ baseUrl: api.baseUrl }] }).secureFetch({ endpoint: 'x' }),
      )
      expect(error).toMatchObject({ name: 'ResourceError', code: 'redirect_blocked' })
    }
    expect(other.count).toBe(0)
  })

  it.each([
    'https://169.254.169.254/latest',
    'https://[fe80::1]/',
    'https://0xa9fea9fe/',
    'https://metadata.google.internal/',
    'https://[::ffff:169.254.169.254]/',
  ])('is not made for the address %s', (baseUrl) => {
    expect(thrown(() => client({ resources: [{ baseUrl }] }))).toMatchObject({
      code: 'config_invalid',
    })
  })

  it.each(['http://api.example.com/', 'http://10.0.0.5/', 'ftp://127.0.0.1/'])(
    'is not made for %s, which is neither https nor this machine',
    (baseUrl) => {
      expect(thrown(() => client({ resources: [{ baseUrl }] }))).toMatchObject({
        code: 'config_invalid',
      })
    },
  )

  it('asks fetch for no redirect, and for nothing that Cloudflare Workers refuse', async () => {
    const asked: RequestInit[] = []
    const { fetch } = globalThis
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      asked.push(init)
      return fetch(url, init)
    })
    // Of another agent, which has no token yet.
    await using other = await testEmulator()
    const { baseUrl, clientId, vaultUrl } = other
    const made = client({ baseUrl, clientId, resources: [{ baseUrl: vaultUrl }] })
    expect(await made.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
    expect(asked.length).toBe(2)
    for (const init of asked) {
      expect(Object.keys(init).sort()).toEqual(['body', 'headers', 'method', 'redirect', 'signal'])
      expect(init.redirect).toBe('manual')
    }
  })

  it.each([
    ['a dispatcher', { dispatcher: { dispatch: () => true, request: () => undefined } }, /`fetch`/],
    ['a proxy', { proxy: 'http://proxy.example.com:3128' }, /`fetch`/],
  ])('is not made with %s, and names the remedy', (_what, options, hint) => {
    const error = thrown(() => client(options as unknown as Partial<Options>))
    expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
    expect(error).toMatchObject({ hint: expect.stringMatching(hint) })
  })

  it('is not made without any fetch', () => {
    vi.stubGlobal('fetch', undefined)
    expect(thrown(() => client())).toMatchObject({
      code: 'config_missing',
      message: expect.stringMatching(/^fetch/),
    })
  })

  it('bounds an answer by what is decoded, announced or not', async () => {
    const bomb = gzipSync(Buffer.alloc(40_000_000))
    await using api = await startServer((request, response) => {
      const type = { 'content-type': 'application/json' }
      if (request.url === '/bomb')
        response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(bomb)
      else if (request.url === '/long')
        response.writeHead(200, { ...type, 'content-length': 40_000_000 }).flushHeaders()
      else if (request.url === '/odd')
        response.writeHead(200, { ...type, 'content-encoding': 'compress' }).end('{}')
      else response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'))
    })
    const made = client({ resources: [{ baseUrl: api.baseUrl }] })
    expect(await made.secureFetch({ endpoint: 'small' })).toMatchObject({ data: { a: 1 } })
    for (const [endpoint, code] of [
      ['bomb', 'response_too_large'],
      ['long', 'response_too_large'],
      ['odd', 'invalid_response'],
    ] as const) {
      expect(await rejection(made.secureFetch({ endpoint }))).toMatchObject({ code })
    }
  })

  it('ends in time when the API does not answer', async () => {
    await using api = await startServer(() => undefined)
    const resources = [{ baseUrl: api.baseUrl, timeoutMs: 150 }]
    expect(await rejection(client({ resources }).secureFetch({ endpoint: 'x' }))).toMatchObject({
      code: 'timeout',
    })
  })

  it('takes a refusal of fetch for a mistake, and a failure of the network for one', async () => {
    const refused = client({ resources: [{ baseUrl: 'http://127.0.0.1:6000' }] })
    expect(await rejection(refused.secureFetch({ endpoint: 'x' }))).toMatchObject({
      name: 'ConfigError',
      code: 'fetch_unusable',
    })
    const nobody = client({ resources: [{ baseUrl: 'http://127.0.0.1:2' }] })
    expect(await rejection(nobody.secureFetch({ endpoint: 'x' }))).toMatchObject({
      name: 'ResourceError',
      code: 'network_error',
    })
  })

  it('keeps no files, and says what to use instead', async () => {
    const store = thrown(() => web.createFileStore({ directory: '/tmp/x' }))
    const log = thrown(() => web.createAuditLog({ file: { path: '/tmp/x/a.jsonl' } }))
    const verified = await rejection(web.verifyAuditFile('/tmp/x/a.jsonl'))
    for (const [error, hint] of [
      [store, /createMemoryStore/],
      [log, /`write`/],
      [verified, /verifyAuditLog/],
    ] as const) {
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
      expect(error).toMatchObject({ hint: expect.stringMatching(hint) })
    }
  })
})
