import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { rejection, selfSigned, startServer } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import {
  authenticateRequest,
  createDelegationVerifier,
  type DelegationVerifier,
  type DelegationVerifierOptions,
} from '../src/index.ts'
import { AUDIENCE, createAuthority, TENANT_ID } from './support/authority.ts'
import { createFakeClock } from './support/fake-clock.ts'

const authority = createAuthority(createFakeClock(Date.now()))
const HOST = 'auth.example.test'

function verifierOf(options: Partial<DelegationVerifierOptions>): DelegationVerifier {
  return createDelegationVerifier({ tenantId: TENANT_ID, audience: AUDIENCE, ...options })
}

/** The error of a verification, as far as logs show it. */
async function failureOf(options: Partial<DelegationVerifierOptions>): Promise<Error> {
  const token = await authority.sign()
  return await rejection(verifierOf(options).verify(token))
}

const remote: Partial<DelegationVerifierOptions> = {
  authSecUrl: `https://${HOST}`,
  onlineCheck: { whenUnavailable: 'reject' },
}

describe('a fetch option that fails by a mistake in the program', () => {
  const mistakes: readonly [string, DelegationVerifierOptions['fetch'] & {}][] = [
    ['calls what is no function', async () => Reflect.apply(undefined as never, null, [])],
    ['reads a property of undefined', async () => (undefined as never as Response).clone()],
    ['sends to no URL', (_url, init) => fetch('no url', init)],
    ['uses a refused port', (_url, init) => fetch('http://127.0.0.1:6000', init)],
    [
      'throws before it returns a promise',
      () => {
        throw new RangeError('too deep')
      },
    ],
  ]
  test.each(mistakes)('is no outage of keys, where it %s', async (_what, fetch) => {
    const error = await failureOf({ authSecUrl: `https://${HOST}`, fetch })
    expect(error).toMatchObject({ name: 'ConfigError', code: 'fetch_unusable', retryable: false })
  })

  test.each(mistakes)('is no outage of online checks, where it %s', async (_what, fetch) => {
    const error = await failureOf({
      ...remote,
      fetch: (url, init) =>
        url.includes('/bundle') ? authority.fetch(url, init) : fetch(url, init),
    })
    expect(error).toMatchObject({ name: 'ConfigError', code: 'fetch_unusable' })
  })

  test('stays an outage when the network fails, and the code of the system is told', async () => {
    const cause = Object.assign(new Error('connect https://u:p@x'), { code: 'ECONNREFUSED' })
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
    const error = await failureOf({ authSecUrl: `https://${HOST}`, fetch })
    expect(error).toMatchObject({ code: 'keys_unavailable', systemCode: 'ECONNREFUSED' })
    expect(JSON.stringify(error)).not.toContain('u:p')
  })
})

describe('an outage', () => {
  test('names the code of the system, and not to the caller of the API', async () => {
    const { baseUrl, [Symbol.asyncDispose]: stop } = await startServer(() => undefined)
    await stop()
    const headers = new Headers({ authorization: `Bearer ${await authority.sign()}` })
    const result = await authenticateRequest(verifierOf({ authSecUrl: baseUrl }), { headers })
    if (result.ok) throw new Error('It was accepted.')
    expect(result.error).toMatchObject({ status: 503, systemCode: 'ECONNREFUSED' })
    expect(await result.response.text()).not.toContain('ECONNREFUSED')
  })

  test.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a mail server', '220 mail.example.test ESMTP\r\n'],
    ['a Redis server', '-ERR unknown command\r\n'],
  ])('of https to a port without TLS says so: %s', async (_what, answer) => {
    await using server = await listening(
      createServer((socket) => {
        socket.on('error', () => undefined).once('data', () => socket.end(answer))
      }),
    )
    const error = await failureOf({ authSecUrl: `https://127.0.0.1:${server.port}` })
    expect(error).toMatchObject({
      code: 'keys_unavailable',
      hint: expect.stringContaining('does not speak TLS on this port'),
    })
  })

  test('of plain http to a port with TLS asks for https', async () => {
    await using server = await listening(createHttps({ ...selfSigned(['127.0.0.1']) }))
    const error = await failureOf({ authSecUrl: `http://127.0.0.1:${server.port}` })
    expect(error).toMatchObject({ hint: expect.stringContaining('write https') })
  })

  test('of an untrusted certificate names its code', async () => {
    await using server = await listening(createHttps({ ...selfSigned(['127.0.0.1']) }))
    const error = await failureOf({ authSecUrl: `https://127.0.0.1:${server.port}` })
    expect(error).toMatchObject({ systemCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(String(Reflect.get(error, 'hint'))).not.toContain('does not speak TLS')
  })
})

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => void sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
