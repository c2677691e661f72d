import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import {
  selfSigned,
  startConnectProxy,
  startServer,
  startTlsFront,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { doctor, envOf } from './support/run.ts'

const DAY_MS = 86_400_000

/** A TCP server on 127.0.0.1 that does with each connection what the test says. */
async function tcpServer(
  onSocket: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    // Unread bytes would keep the connection open.
    socket.on('error', () => undefined).resume()
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

describe('The doctor, about the way to the server', () => {
  test('finds a closed port', async () => {
    const { baseUrl, clientId, close } = await testEmulator()
    await close()
    const { codes, findings } = await doctor([], { env: envOf({ baseUrl, clientId }) })
    expect(codes).toEqual(['port_closed'])
    expect(findings[0]?.cause).toContain('ECONNREFUSED')
  })

  test('finds a name that nobody knows', async () => {
    await using emulator = await testEmulator()
    for (const name of ['no-such-host.invalid', 'auth.exmaple.invalid', 'x.y.z.invalid']) {
      const env = { ...envOf(emulator), AUTHSEC_BASE_URL: `https://${name}` }
      const { codes } = await doctor([], { env })
      // A computer without a resolver cannot know that nobody knows it.
      expect(codes).toHaveLength(1)
      expect(codes[0]).toMatch(/^(host_not_found|resolver_failed)$/)
    }
  })

  test('finds an address to which no connection is made', async () => {
    await using emulator = await testEmulator()
    const env = { ...envOf(emulator), AUTHSEC_BASE_URL: 'https://192.0.2.1' }
    const { codes } = await doctor(['--timeout', '0.5'], { env })
    // TEST-NET: dropped in some networks, and refused at once in others.
    expect(codes).toHaveLength(1)
    expect(codes[0]).toMatch(/^(connect_timeout|network_unreachable|port_closed)$/)
  })

  test('finds a server that hangs up, one that hangs, and one that speaks something else', async () => {
    await using emulator = await testEmulator()
    const at = (port: number) => ({
      env: { ...envOf(emulator), AUTHSEC_BASE_URL: `http://127.0.0.1:${port}` },
    })
    await using hangsUp = await tcpServer((socket) => socket.end())
    expect((await doctor([], at(hangsUp.port))).codes).toEqual(['connection_lost'])
    await using speaksSsh = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect((await doctor([], at(speaksSsh.port))).codes).toEqual(['not_authsec'])
    emulator.control.failNext({ kind: 'hang' })
    const hanging = await doctor(['--timeout', '0.3'], { env: envOf(emulator) })
    expect(hanging.codes).toEqual(['no_answer'])
    emulator.control.failNext({ kind: 'reset' })
    expect((await doctor([], { env: envOf(emulator) })).codes).toEqual(['connection_lost'])
  })
})

/** Hosts with any port: a front of TLS has another one. */
const allowedHosts = ['127.0.0.1', 'localhost', 'auth.example.test']

describe('The doctor, about TLS', () => {
  test('is silent about a certificate that is trusted', async () => {
    await using emulator = await testEmulator({ allowedHosts })
    await using front = await startTlsFront(emulator.baseUrl, ['127.0.0.1', 'localhost'])
    for (const host of ['127.0.0.1', 'localhost']) {
      const env = { ...envOf(emulator), AUTHSEC_BASE_URL: `https://${host}:${front.port}` }
      expect((await doctor([], { env })).codes).toEqual([])
    }
  })

  test('tells an expired certificate from a self-signed one, from one for later and from one for another name', async () => {
    await using emulator = await testEmulator({ allowedHosts })
    const found = async (
      names: readonly string[],
      options: Parameters<typeof startTlsFront>[2],
    ): Promise<readonly string[]> => {
      await using front = await startTlsFront(emulator.baseUrl, names, options)
      const env = {
        ...envOf(emulator),
        AUTHSEC_BASE_URL: `https://127.0.0.1:${front.port}/authsec`,
      }
      return (await doctor([], { env })).codes
    }
    const names = ['127.0.0.1']
    const from = Date.now() - 3 * DAY_MS
    const expired = selfSigned(names, { from, to: from + DAY_MS })
    const future = selfSigned(names, { from: Date.now() + DAY_MS, to: Date.now() + 2 * DAY_MS })
    expect(await found(names, { certificate: expired })).toEqual(['certificate_expired'])
    expect(await found(names, { certificate: future })).toEqual(['certificate_not_yet_valid'])
    expect(await found(names, { isTrusted: false })).toEqual(['certificate_self_signed'])
    const foreign = selfSigned(names, { issuer: 'Private Authority' })
    expect(await found(names, { certificate: foreign, isTrusted: false })).toEqual([
      'certificate_untrusted',
    ])
    expect(await found(['other.example.com'], {})).toEqual(['certificate_wrong_name'])
    expect(await found(names, { certificate: expired, isTrusted: false })).toEqual([
      // OpenSSL gives one reason for a chain: the date hides the rest.
      'certificate_expired',
    ])
    expect(await found(['other.example.com'], { isTrusted: false })).toEqual([
      'certificate_self_signed',
      'certificate_wrong_name',
    ])
  })

  test('sends nothing to a server whose certificate it does not accept', async () => {
    await using emulator = await testEmulator({ allowedHosts })
    await using front = await startTlsFront(emulator.baseUrl, ['127.0.0.1'], { isTrusted: false })
    const env = { ...envOf(emulator), AUTHSEC_BASE_URL: `https://127.0.0.1:${front.port}` }
    await doctor([], { env })
    expect(emulator.requests).toEqual([])
  })

  test('tells https to an http port from http to an https port', async () => {
    await using emulator = await testEmulator({ allowedHosts })
    const secure = emulator.baseUrl.replace('http:', 'https:')
    const toPlain = { ...envOf(emulator), AUTHSEC_BASE_URL: secure }
    expect((await doctor([], { env: toPlain })).codes).toEqual(['tls_not_spoken'])
    await using ssh = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    const toSsh = { ...envOf(emulator), AUTHSEC_BASE_URL: `https://127.0.0.1:${ssh.port}` }
    expect((await doctor([], { env: toSsh })).codes).toEqual(['tls_not_spoken'])
    await using front = await startTlsFront(emulator.baseUrl, ['127.0.0.1'])
    const toTls = { ...envOf(emulator), AUTHSEC_BASE_URL: `http://127.0.0.1:${front.port}` }
    expect((await doctor([], { env: toTls })).codes).toEqual(['tls_spoken'])
    await using nginx = await startServer((_request, response) => {
      response.writeHead(400, { 'content-type': 'text/html' })
      response.end('<h1>400</h1>The plain HTTP request was sent to HTTPS port')
    })
    const toNginx = { ...envOf(emulator), AUTHSEC_BASE_URL: nginx.baseUrl }
    expect((await doctor([], { env: toNginx })).codes).toEqual(['tls_spoken'])
  })

  test('finds a server that requires a certificate of the client', async () => {
    await using emulator = await testEmulator({ allowedHosts })
    const certificate = selfSigned(['127.0.0.1'])
    await using front = await startTlsFront(emulator.baseUrl, ['127.0.0.1'], { certificate })
    const server = createHttpsServer({
      ...certificate,
      requestCert: true,
      rejectUnauthorized: true,
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const env = { ...envOf(emulator), AUTHSEC_BASE_URL: `https://127.0.0.1:${port}` }
    const { codes } = await doctor([], { env })
    server.closeAllConnections()
    server.close()
    expect(front.port).not.toBe(port)
    // Node.js as a server hangs up where others send the alert.
    expect(codes).toHaveLength(1)
    expect(codes[0]).toMatch(/^(client_certificate_required|connection_lost)$/)
  })

  test('finds a server that has only old versions of TLS', async () => {
    await using emulator = await testEmulator({ allowedHosts })
    const options = {
      ...selfSigned(['127.0.0.1']),
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    } as const
    const server = createHttpsServer(options)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const env = { ...envOf(emulator), AUTHSEC_BASE_URL: `https://127.0.0.1:${port}` }
    const { codes } = await doctor([], { env })
    server.close()
    expect(codes).toEqual(['tls_version'])
  })
})

describe('The doctor, about proxies', () => {
  const NAME = 'auth.example.test'

  /** An AuthSec server that only the proxy knows by name. */
  async function behindProxy(
    options: Parameters<typeof startConnectProxy>[0] = {},
  ): Promise<AsyncDisposable & { env: Record<string, string>; proxyUrl: string; port: number }> {
    const emulator = await testEmulator({ allowedHosts })
    const front = await startTlsFront(emulator.baseUrl, [NAME])
    const routes = { [`${NAME}:443`]: `127.0.0.1:${front.port}` }
    const proxy = await startConnectProxy({ routes, ...options })
    return {
      env: { ...envOf(emulator), AUTHSEC_BASE_URL: `https://${NAME}` },
      proxyUrl: proxy.url,
      port: proxy.port,
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]()
        await front[Symbol.asyncDispose]()
        await emulator.close()
      },
    }
  }

  test('is silent when the proxy is used, by option and by variable', async () => {
    await using server = await behindProxy()
    const { env, proxyUrl } = server
    expect((await doctor(['--proxy', proxyUrl], { env })).codes).toEqual([])
    const more = { HTTPS_PROXY: proxyUrl, NODE_USE_ENV_PROXY: '1' }
    const { codes, facts } = await doctor([], { env: { ...env, ...more } })
    expect(codes).toEqual([])
    expect(facts['proxy']).toEqual({ used: true, from: 'HTTPS_PROXY' })
  })

  test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY'])(
    'finds that %s is set, needed, and not used',
    async (name) => {
      await using server = await behindProxy()
      const { codes, findings } = await doctor([], {
        env: { ...server.env, [name]: server.proxyUrl },
      })
      expect(codes).toEqual(['proxy_needed'])
      expect(findings[0]?.cause).toContain(`Through the proxy of ${name} it is reached.`)
      expect(findings[0]?.fix).toContain('NODE_USE_ENV_PROXY=1')
    },
  )

  test('does not blame a proxy that would not help, and says nothing of one that is not needed', async () => {
    await using server = await behindProxy({ refuse: 502 })
    const { codes } = await doctor([], { env: { ...server.env, HTTPS_PROXY: server.proxyUrl } })
    expect(codes[0]).toMatch(/^(host_not_found|resolver_failed)$/)
    await using emulator = await testEmulator({ allowedHosts })
    const direct = await doctor([], { env: { ...envOf(emulator), HTTPS_PROXY: server.proxyUrl } })
    expect(direct.codes).toEqual([])
    expect(direct.facts['proxy']).toEqual({ used: false, from: 'HTTPS_PROXY' })
  })

  test('finds a proxy that wants a password, that refuses, that is silent, and that is down', async () => {
    await using closed = await behindProxy({ credentials: 'user:secret' })
    const wrong = closed.proxyUrl.replace('//', '//user:wrong@')
    expect((await doctor(['--proxy', closed.proxyUrl], closed)).codes).toEqual([
      'proxy_credentials',
    ])
    const { codes, out } = await doctor(['--proxy', wrong], closed)
    expect(codes).toEqual(['proxy_credentials'])
    expect(out).not.toContain('wrong@')
    const right = closed.proxyUrl.replace('//', '//user:secret@')
    expect((await doctor(['--proxy', right], closed)).codes).toEqual([])
    await using refusing = await behindProxy({ refuse: 403 })
    expect((await doctor(['--proxy', refusing.proxyUrl], refusing)).codes).toEqual([
      'proxy_refused',
    ])
    await using silent = await behindProxy({ isSilent: true })
    const late = ['--timeout', '0.3', '--proxy', silent.proxyUrl]
    expect((await doctor(late, silent)).codes).toEqual(['proxy_unreachable'])
    const down = await behindProxy()
    await down[Symbol.asyncDispose]()
    expect((await doctor(['--proxy', down.proxyUrl], down)).codes).toEqual(['proxy_unreachable'])
  })
})
