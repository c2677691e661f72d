import { type AddressInfo, createServer } from 'node:net'
import type { Emulator } from '@authsec/emulator'
import { rejection, testClient, testEmulator } from '@authsec-internal/test-kit'
import { Agent, type Dispatcher, MockAgent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

describe('a failure that another attempt would not change', () => {
  it('of TLS is not retried: a certificate does not change while a caller waits', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\n\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const client = testClient({ ...emulator, baseUrl }, { resources: [{ baseUrl }] })
    expect(await rejection(client.getDelegationToken())).toMatchObject({ code: 'tls_error' })
    expect(connections).toBe(1)
    server.close()
  })

  it.each([
    ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ...['CRL_HAS_EXPIRED', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED'],
    ...['UNABLE_TO_GET_CRL', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_OSSL_EVP_UNSUPPORTED'],
  ])('of TLS has the code tls_error when the cause is %s', async (code) => {
    let attempts = 0
    const fetch = (): Promise<Response> => {
      attempts += 1
      const cause = Object.assign(new Error('certificate'), { code })
      return Promise.reject(new TypeError('fetch failed', { cause }))
    }
    const error = await rejection(testClient(emulator, { fetch }).getDelegationToken())
    expect(error).toMatchObject({ code: 'tls_error', retryable: false })
    expect(attempts).toBe(1)
  })

  it.each<[string, () => Promise<Dispatcher>, string]>([
    [
      'has been closed',
      async () => {
        const agent = new Agent()
        await agent.close()
        return agent
      },
      'UND_ERR_DESTROYED',
    ],
    [
      'has been destroyed',
      async () => {
        const agent = new Agent()
        await agent.destroy()
        return agent
      },
      'UND_ERR_DESTROYED',
    ],
    [
      'knows no answer',
      async () => {
        const agent = new MockAgent()
        agent.disableNetConnect()
        return agent
      },
      'UND_MOCK_ERR_MOCK_NOT_MATCHED',
    ],
  ])('of a dispatcher is a mistake of the developer: one that %s', async (_what, create, code) => {
    const client = testClient(emulator, { dispatcher: await create() })
    const error = await rejection(client.getDelegationToken())
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'dispatcher_unusable',
      cause: { code },
    })
    expect(error.message).toContain('dispatcher')
  })

  it('lets a dispatcher that works send every request', async () => {
    const dispatcher = new Agent()
    expect(await testClient(emulator, { dispatcher }).getDelegationToken()).toBeDefined()
    await dispatcher.close()
  })
})
