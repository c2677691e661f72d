import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import {
  rejection,
  selfSigned,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecEvent } from '../src/events.ts'
import { createConsoleReporter } from '../src/reporter.ts'

interface Listening extends AsyncDisposable {
  readonly port: number
}

/** A server of bytes: what it says, at once or after the client's first bytes. */
async function speaking(answer: (socket: Socket) => void): Promise<Listening> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    answer(socket)
  })
  return listening(server)
}

async function listening(server: ReturnType<typeof createServer>): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => void sockets.add(socket))
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const afterFirst = (bytes: string | Buffer) => (socket: Socket) =>
  void socket.once('data', () => socket.end(bytes))

describe('https to a port without TLS', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['an HTTP server', afterFirst('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a mail server', (socket) => void socket.end('220 mail.example.test ESMTP\r\n')],
    ['an SSH server', (socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a Redis server', afterFirst("-ERR unknown command 'x'\r\n")],
  ])('is said to be that, not a certificate: %s', async (_what, answer) => {
    await using server = await speaking(answer)
    await using emulator = await testEmulator()
    const baseUrl = `https://127.0.0.1:${server.port}`
    const token = await rejection(testClient({ ...emulator, baseUrl }).getDelegationToken())
    expect(token).toMatchObject({
      code: 'tls_error',
      retryable: false,
      message: expect.stringMatching(/^The AuthSec server does not speak TLS on this port/),
      systemCode: expect.stringMatching(/^(ERR_SSL_|EPROTO$)/),
    })
    const client = testClient(emulator, { resources: [{ name: 'crm', baseUrl }] })
    const call = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(call).toMatchObject({
      code: 'tls_error',
      message: expect.stringMatching(/^crm does not speak TLS on this port/),
    })
    const stream = await rejection(client.fetch(`${baseUrl}/x`))
    expect(stream.message).toMatch(/^crm does not speak TLS on this port/)
  })

  it('is not said of a certificate that is not trusted', async () => {
    const server = createHttps({ ...selfSigned(['127.0.0.1']) }, (_request, response) =>
      response.end('{}'),
    )
    await using running = await listening(server)
    await using emulator = await testEmulator()
    const baseUrl = `https://127.0.0.1:${running.port}`
    const error = await rejection(testClient({ ...emulator, baseUrl }).getDelegationToken())
    expect(error).toMatchObject({
      code: 'tls_error',
      systemCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      message:
        'The certificate of the AuthSec server is not trusted: it is self-signed, or of an authority that this program does not know (DEPTH_ZERO_SELF_SIGNED_CERT).',
    })
  })
})

describe('plain http to a port with TLS', () => {
  it.each([
    ['nginx', '<center>The plain HTTP request was sent to HTTPS port</center>'],
    ['Go', 'Client sent an HTTP request to an HTTPS server.\n'],
    ['Apache', "Reason: You're speaking plain HTTP to an SSL-enabled server port."],
    ['Tomcat', 'Bad Request\nThis combination of host and port requires TLS.\n'],
  ])('is said to be that where the server answers as %s does', async (_what, body) => {
    await using api = await startServer((_request, response) => {
      response.writeHead(400, { 'content-type': 'text/html' }).end(body)
    })
    await using emulator = await testEmulator()
    const { baseUrl } = api
    const token = await rejection(testClient({ ...emulator, baseUrl }).getDelegationToken())
    expect(token).toMatchObject({
      code: 'tls_error',
      message: 'The AuthSec server speaks TLS on this port, and was asked in plain http.',
      hint: expect.stringContaining('https://'),
    })
    const client = testClient(emulator, { resources: [{ name: 'crm', baseUrl }] })
    expect(await rejection(client.secureFetch({ endpoint: 'x' }))).toMatchObject({
      code: 'tls_error',
      message: expect.stringMatching(/^crm speaks TLS on this port/),
    })
  })

  it('is said to be that where the server answers with a TLS alert', async () => {
    await using server = await speaking(afterFirst(Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46])))
    await using emulator = await testEmulator()
    const baseUrl = `http://127.0.0.1:${server.port}`
    const error = await rejection(testClient({ ...emulator, baseUrl }).getDelegationToken())
    expect(error).toMatchObject({ code: 'tls_error', hint: expect.stringContaining('https://') })
  })

  it('is what the hint asks about where the server hangs up, as Node.js does', async () => {
    const server = createHttps({ ...selfSigned(['127.0.0.1']) }, (_request, response) =>
      response.end('{}'),
    )
    await using running = await listening(server)
    await using emulator = await testEmulator()
    const baseUrl = `http://127.0.0.1:${running.port}`
    const error = await rejection(testClient({ ...emulator, baseUrl }).getDelegationToken())
    expect(error).toMatchObject({
      code: 'network_error',
      hint: expect.stringMatching(/speaks TLS on this port, write https/),
    })
  })

  it('is not said of a 400 that an API means', async () => {
    await using api = await startServer((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"bad id"}')
    })
    await using emulator = await testEmulator()
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    expect(await client.secureFetch({ endpoint: 'x' })).toMatchObject({ status: 400 })
  })
})

describe('what the system calls a failure', () => {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', 'EHOSTUNREACH', 'UND_ERR_SOCKET']
  const failing = (code: string) => (): Promise<Response> => {
    const cause = Object.assign(new Error('connect to https://user:pw@host'), { code })
    return Promise.reject(new TypeError('fetch failed', { cause }))
  }

  it.each(codes)('is in the error and in the log: %s without a token', async (code) => {
    await using emulator = await testEmulator()
    const seen = recorder()
    const client = testClient(emulator, {
      onEvent: seen.onEvent,
      fetch: failing(code),
      timeoutMs: 50,
    })
    const error = await rejection(client.getDelegationToken())
    expect(error).toMatchObject({ systemCode: code, message: expect.stringContaining(code) })
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ systemCode: code })
    expect(seen.events).toContainEqual(
      expect.objectContaining({ type: 'token.failed', systemCode: code }),
    )
    expect(seen.lines.join('\n')).toContain(`(${code})`)
  })

  it.each(codes)('is in the error and in the log: %s of an API', async (code) => {
    await using emulator = await testEmulator()
    const seen = recorder()
    const fetchFailing = failing(code)
    const client = testClient(emulator, {
      onEvent: seen.onEvent,
      fetch: (url, init) => (url.includes('delegation-token') ? fetch(url, init) : fetchFailing()),
    })
    const error = await rejection(client.secureFetch({ endpoint: 'metrics', timeoutMs: 400 }))
    expect(error).toMatchObject({ systemCode: code, message: expect.stringContaining(code) })
    expect(seen.events).toContainEqual(
      expect.objectContaining({ type: 'request.failed', systemCode: code }),
    )
    expect(seen.lines.join('\n')).toContain(`(${code})`)
    const exchange = client.exchangeCloudCredentials('gcp', {
      projectId: 'my-project',
      serviceEmail: 'a@my-project.iam.gserviceaccount.com',
    })
    expect(await rejection(exchange)).toMatchObject({ systemCode: code })
    expect(seen.lines.at(-1)).toContain(`(${code})`)
    const approval = client.startApproval({ approver: 'a@example.com', message: 'Really?' })
    expect(await rejection(approval)).toMatchObject({ systemCode: code })
  })

  it('is that of a real connection', async () => {
    await using emulator = await testEmulator()
    const { baseUrl, [Symbol.asyncDispose]: stop } = await startServer(() => undefined)
    await stop()
    const client = testClient(emulator, { resources: [{ baseUrl }] })
    const error = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(error).toMatchObject({ systemCode: 'ECONNREFUSED' })
  })

  it.each(['eyJhbGciOiJSUzI1NiJ9', 'https://user:pw@host', 'a b', 'x'.repeat(80)])(
    'is nothing that a function puts in its place: %s',
    async (code) => {
      await using emulator = await testEmulator()
      const client = testClient(emulator, { fetch: failing(code), timeoutMs: 400 })
      const error = await rejection(client.getDelegationToken())
      expect(error).toMatchObject({ systemCode: undefined })
      expect(error.message).not.toContain(code)
    },
  )

  it('is absent from a failure that has none', async () => {
    await using emulator = await testEmulator()
    await using api = await startServer(() => undefined)
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    const error = await rejection(client.secureFetch({ endpoint: 'x', timeoutMs: 30 }))
    expect(error).toMatchObject({ code: 'timeout', systemCode: undefined })
  })
})

function recorder(): {
  events: AuthSecEvent[]
  lines: string[]
  onEvent(event: AuthSecEvent): void
} {
  const events: AuthSecEvent[] = []
  const lines: string[] = []
  const report = createConsoleReporter({ write: (line) => void lines.push(line), color: false })
  return {
    events,
    lines,
    onEvent(event) {
      events.push(event)
      report(event)
    },
  }
}
