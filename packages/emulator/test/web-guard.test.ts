import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendRaw } from '../../../internal/test-kit/src/raw-socket.ts'
import { createEmulator, type Emulator, startEmulator } from '../src/index.ts'
import { serve } from '../src/server/node-server.ts'
import { overHttp, type TestServer, transports } from './test-server.ts'

let emulator: Emulator
let port: string
beforeAll(async () => {
  emulator = await startEmulator({ allowedHosts: ['authsec:8080', 'Emulator.test', '[fd00::5]'] })
  port = new URL(emulator.baseUrl).port
})
afterAll(() => emulator.close())

/** A request whose lines are sent as they are. PORT stands for the port of the emulator. */
async function ask(...lines: readonly string[]) {
  const before = emulator.requests.length
  const named = [...lines, 'Connection: close'].map((line) => line.replaceAll('PORT', port))
  const answer = await sendRaw(emulator.baseUrl, named)
  return { ...answer, isRecorded: emulator.requests.length > before }
}

const KEYS = '/authsec/.well-known/jwks.json'

describe('an emulator over HTTP', () => {
  test.each([
    ...['evil.test', 'evil.test:PORT', 'localhost.evil.test:PORT', '127.0.0.1.evil.test:PORT'],
    ...['localhost', '127.0.0.1', '127.0.0.1:1', 'localhost:80', '[::1]:8080', '0.0.0.0:PORT'],
    ...[
      '10.0.0.5:PORT',
      'authsec',
      'authsec:PORT',
      'authsec:8081',
      'evil-authsec:8080',
      '[::2]:PORT',
    ],
    ...['xn--lclhst-hxa.test:PORT', 'emulator.test.evil.test', 'localhost.:PORT'],
  ])('refuses the host %s', async (host) => {
    const answer = await ask(`GET ${KEYS} HTTP/1.1`, `Host: ${host}`)
    expect([answer.status, answer.isRecorded]).toEqual([403, false])
    expect(answer.body).toContain('"error":"host_refused"')
    expect(answer.body).toContain('--allow-host')
  })

  test.each([
    ...['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT', '127.0.0.2:PORT'],
    ...['authsec:8080', 'AuthSec:8080', 'emulator.test', 'emulator.test:1', 'emulator.test:65535'],
    ...['[fd00::5]:7468', '[fd00:0::5]'],
  ])('accepts the host %s', async (host) => {
    expect((await ask('GET /secure-vault/metrics HTTP/1.1', `Host: ${host}`)).status).toBe(401)
  })

  test.each<[string, readonly string[]]>([
    ['no Host', ['GET / HTTP/1.1']],
    ['no Host, of HTTP/1.0', ['GET / HTTP/1.0']],
    ['an empty Host', ['GET / HTTP/1.1', 'Host:']],
    ['an empty Host, of HTTP/1.0', ['GET / HTTP/1.0', 'Host: ']],
    ['two hosts', ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'Host: evil.test']],
    ['two equal hosts', ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT', 'Host: 127.0.0.1:PORT']],
    ['an empty and a right host', ['GET / HTTP/1.1', 'Host:', 'Host: 127.0.0.1:PORT']],
    ['two hosts in one', ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT, evil.test']],
    ['a user name', ['GET / HTTP/1.1', 'Host: evil.test@127.0.0.1:PORT']],
    ['a path', ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT/x']],
    ['a query', ['GET / HTTP/1.1', 'Host: 127.0.0.1:PORT?x']],
    ['a port that is too large', ['GET / HTTP/1.1', 'Host: 127.0.0.1:99999']],
    ['a bracket', ['GET / HTTP/1.1', 'Host: [']],
  ])('answers a request with %s with 400', async (_, lines) => {
    const answer = await ask(...lines)
    expect([answer.status, answer.isRecorded]).toEqual([400, false])
  })

  test.each([
    ...[
      'GET http://other/',
      'GET http://other:PORT/',
      'GET https://127.0.0.1:PORT/',
      'GET http://[',
    ],
    ...['GET *', 'OPTIONS *', 'GET http://u:p@127.0.0.1:PORT/', 'GET http:/x', 'GET ftp://x/'],
    ...['GET http://127.0.0.1:PORT@other/', 'GET /x#y', 'GET http://127.0.0.1/'],
  ])('answers the request line %s with 400', async (line) => {
    const answer = await ask(`${line} HTTP/1.1`, 'Host: 127.0.0.1:PORT')
    expect([answer.status, answer.isRecorded]).toEqual([400, false])
  })

  test.each([
    'GET //x',
    'GET //other/',
    'GET /%',
    'GET /%zz',
    'GET /%ff',
    'GET /\\other',
    'GET /..//x',
  ])('answers the request line %s with 404', async (line) => {
    expect((await ask(`${line} HTTP/1.1`, 'Host: 127.0.0.1:PORT')).status).toBe(404)
  })

  test.each(['TRACE /', 'TRACE http://127.0.0.1:PORT/'])('answers %s with 405', async (line) => {
    expect((await ask(`${line} HTTP/1.1`, 'Host: 127.0.0.1:PORT')).status).toBe(405)
  })

  test('accepts a whole URL that names the same host', async () => {
    const line = 'GET http://127.0.0.1:PORT/secure-vault/metrics?x=1 HTTP/1.1'
    const answer = await ask(line, 'Host: 127.0.0.1:PORT')
    expect([answer.status, answer.isRecorded]).toEqual([401, true])
    expect(emulator.requests.at(-1)).toMatchObject({ path: '/secure-vault/metrics' })
  })
})

/** The headers of a page, in which OWN stands for the origin of the emulator. */
const pages: readonly [string, Record<string, string>][] = [
  ['of another site', { origin: 'https://evil.test' }],
  ['of an opaque origin', { origin: 'null' }],
  ['of another local server', { origin: 'http://127.0.0.1:3000' }],
  ['of the same host with another scheme', { origin: 'https://OWN' }],
  ['whose origin begins like that of the emulator', { origin: 'http://OWN.evil.test' }],
  ['with an empty origin', { origin: '' }],
  ['with the origin in capitals', { origin: 'HTTP://OWN' }],
  ['of a foreign site without an origin', { 'sec-fetch-site': 'cross-site' }],
  ['of the same site and another port', { 'sec-fetch-site': 'same-site' }],
  ['with an unknown site', { 'sec-fetch-site': 'x' }],
  [
    'of a foreign site with a right origin',
    { origin: 'http://OWN', 'sec-fetch-site': 'cross-site' },
  ],
]

describe.each(transports)('an emulator %s', (_, start) => {
  async function setUp() {
    const server = await start()
    const own = start === overHttp ? await ownHost(server) : 'emulator.test'
    const headersOf = (headers: Record<string, string>): [string, string][] =>
      Object.entries(headers).map(([name, value]) => [name, value.replace('OWN', own)])
    return { server, headersOf, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  }

  test.each(pages)('refuses a page %s, and records nothing', async (_name, headers) => {
    await using test = await setUp()
    const { server } = test
    server.control.failNext({ kind: 'status', status: 503 })
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      const init = { method, headers: test.headersOf(headers) }
      const answer = await server.get('/authsec/uflow/auth/ciba/initiate', init)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({ error: 'origin_refused' })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect(server.requests).toEqual([])
    // The fault is left for the program that it was meant for.
    expect((await server.pull()).status).toBe(503)
  })

  test.each<[string, Record<string, string>]>([
    ['a program', {}],
    ['its own page', { origin: 'http://OWN', 'sec-fetch-site': 'same-origin' }],
    ['a person who types the address', { 'sec-fetch-site': 'none' }],
    ['a program that sends the origin of the emulator', { origin: 'http://OWN' }],
  ])('answers %s', async (_name, headers) => {
    await using test = await setUp()
    const answer = await test.server.pull({ headers: test.headersOf(headers) })
    expect(answer.status).toBe(200)
  })
})

/** The host that an emulator is reached at, from a request that it does not record. */
async function ownHost({ get }: Pick<TestServer, 'get'>): Promise<string> {
  return new URL((await get('/', { headers: { 'sec-fetch-site': 'cross-site' } })).url).host
}

test('an emulator without a socket takes any host in the URL', async () => {
  const { fetch, clientId } = createEmulator()
  for (const origin of [
    'https://emulator.test',
    'http://evil.test:1',
    'https://auth.example.com',
  ]) {
    const url = `${origin}/authsec/uflow/sdk/delegation-token?client_id=${clientId}`
    expect((await fetch(new Request(url))).status).toBe(200)
  }
})

describe('a request that does not arrive in time', () => {
  const limits = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 }

  test.each<[string, string, number]>([
    ['headers', 'GET / HTTP/1.1\r\nHost: 127.0.0.1', 200],
    ['a body', 'POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 9\r\n\r\n{', 400],
    [
      'a chunked body',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
  ])('because of %s is ended at the limit', async (_, text, ms) => {
    const handler = async (request: Request): Promise<Response> => {
      await request.text()
      return new Response('ok')
    }
    const server = await serve(handler, { port: 0, allowedHosts: [], limits })
    const started = performance.now()
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    socket.write(text.replace('PORT', String(server.port)))
    await new Promise((resolve) => socket.on('close', resolve))
    const took = performance.now() - started
    await server.close()
    expect(took).toBeGreaterThan(ms - 60)
    expect(took).toBeLessThan(ms + 2_000)
  })
})
