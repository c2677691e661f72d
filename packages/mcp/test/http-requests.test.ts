import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { sendRaw, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpServer, startHttpServer } from '../src/http/http-server.ts'
import { createAuthSecMcpHandler } from '../src/index.ts'

type TestEmulator = Awaited<ReturnType<typeof testEmulator>>

let emulator: TestEmulator
let server: HttpServer
let port: string
beforeAll(async () => {
  emulator = await testEmulator()
  const client = testClient(emulator)
  server = await startHttpServer({ port: 0, host: '127.0.0.1' }, (origin) =>
    createAuthSecMcpHandler(client, { publicUrl: `${origin}/mcp` }),
  )
  port = new URL(server.origin).port
})
afterAll(async () => {
  await server.close()
  await emulator.close()
})

const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })

/** The status of the answer to a request whose lines are sent as they are. PORT stands for the port. */
async function statusOf(...lines: readonly string[]): Promise<number> {
  const headers = [
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Content-Length: ${list.length}`,
    'Connection: close',
  ]
  const named = [...lines, ...headers].map((line) => line.replaceAll('PORT', port))
  return (await sendRaw(server.origin, named, list)).status
}

describe('an MCP server over HTTP', () => {
  it.each<[string, readonly string[]]>([
    ['no Host, of HTTP/1.0', ['POST /mcp HTTP/1.0']],
    ['no Host', ['POST /mcp HTTP/1.1']],
    ['an empty Host', ['POST /mcp HTTP/1.1', 'Host:']],
    ['an empty Host, of HTTP/1.0', ['POST /mcp HTTP/1.0', 'Host: ']],
    ['two hosts', ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1:PORT', 'Host: evil.test']],
    ['two equal hosts', ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1:PORT', 'host: 127.0.0.1:PORT']],
    ['two hosts in one', ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1:PORT, evil.test']],
    ['a user name in Host', ['POST /mcp HTTP/1.1', 'Host: evil.test@127.0.0.1:PORT']],
    ['a path in Host', ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1:PORT/mcp?']],
    ['a bracket in Host', ['POST /mcp HTTP/1.1', 'Host: [']],
    ['a port in Host that is too large', ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1:99999']],
    [
      'two tokens',
      ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1:PORT', 'Authorization: a', 'Authorization: b'],
    ],
  ])('answers a request with %s with 400', async (_what, lines) => {
    expect(await statusOf(...lines)).toBe(400)
  })

  it.each([
    ...['GET http://other/', 'POST http://other/mcp', 'POST https://127.0.0.1:PORT/mcp', 'GET *'],
    ...['OPTIONS *', 'GET http://[', 'POST http:mcp', 'GET ftp://x/', 'POST /mcp#x', 'GET mcp:'],
    ...['POST http://u:p@127.0.0.1:PORT/mcp', 'POST http://127.0.0.1:PORT@other/mcp'],
    ...['POST http://127.0.0.1/mcp', 'GET http:///'],
  ])('answers the request line %s with 400', async (line) => {
    expect(await statusOf(`${line} HTTP/1.1`, 'Host: 127.0.0.1:PORT')).toBe(400)
  })

  it.each([
    ...['GET //x', 'POST //mcp', 'POST //other/mcp', 'GET /%', 'GET /%zz', 'POST /\\mcp'],
    ...['POST /mcp/', 'POST /mcp/..//x', 'GET /.well-known/%'],
  ])('answers the request line %s with 404', async (line) => {
    expect(await statusOf(`${line} HTTP/1.1`, 'Host: 127.0.0.1:PORT')).toBe(404)
  })

  it.each(['TRACE /mcp', 'TRACE http://127.0.0.1:PORT/mcp'])(
    'answers %s with 405',
    async (line) => {
      expect(await statusOf(`${line} HTTP/1.1`, 'Host: 127.0.0.1:PORT')).toBe(405)
    },
  )

  it.each(['POST /mcp', 'POST /mcp?x=1', 'POST http://127.0.0.1:PORT/mcp', 'POST /x/../mcp'])(
    'serves the request line %s',
    async (line) => {
      expect(await statusOf(`${line} HTTP/1.1`, 'Host: 127.0.0.1:PORT')).toBe(200)
    },
  )

  it.each(['localhost:PORT', 'LOCALHOST', '[::1]:PORT', '127.0.0.1'])(
    'accepts the host %s',
    async (host) => {
      expect(await statusOf('POST /mcp HTTP/1.1', `Host: ${host}`)).toBe(200)
    },
  )
})

describe('a request that does not arrive in time', () => {
  const limits = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 }

  it.each<[string, string, number]>([
    ['headers', 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1', 200],
    ['a body', 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{', 400],
    [
      'a chunked body',
      'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{',
      400,
    ],
  ])('because of %s is ended at the limit', async (_, text, ms) => {
    const client = testClient(emulator)
    const listening = await startHttpServer(
      { port: 0, host: '127.0.0.1' },
      (origin) => createAuthSecMcpHandler(client, { publicUrl: `${origin}/mcp` }),
      limits,
    )
    const started = performance.now()
    const socket = connect(Number(new URL(listening.origin).port), '127.0.0.1')
    socket.on('error', () => undefined).resume()
    socket.write(text)
    await new Promise((resolve) => socket.on('close', resolve))
    const took = performance.now() - started
    await listening.close()
    expect(took).toBeGreaterThan(ms - 60)
    expect(took).toBeLessThan(ms + 2_000)
  })
})

it('reads the target of a request as the emulator does, with the same file', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
  expect(read('../src/http/request-target.ts')).toBe(
    read('../../emulator/src/server/request-target.ts'),
  )
})
