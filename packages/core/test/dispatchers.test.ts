import {
  rejection,
  sendJson,
  startConnectProxy,
  startRecordingApi,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import * as undici7 from 'undici'
import * as undici6 from 'undici-6'
import * as undici8 from 'undici-8'
import { describe, expect, it } from 'vitest'
import type { Dispatcher } from '../src/http/transport.ts'

/** Every kind of dispatcher that programs give, in the three versions that they install. */
const versions = [
  ['6', undici6],
  ['7', undici7],
  ['8', undici8],
] as const

/** The compiler checks that the type of the option takes them. */
const typed = [new undici6.Agent(), new undici7.Agent(), new undici8.Agent()] satisfies Dispatcher[]

type Closable = Dispatcher & { close(): Promise<void> }
const kinds: readonly [string, (undici: typeof undici7, proxyUrl: string) => Closable][] = [
  ['Agent', ({ Agent }) => new Agent()],
  ['ProxyAgent', ({ ProxyAgent }, uri) => new ProxyAgent({ uri, proxyTunnel: true })],
  ['RetryAgent', ({ RetryAgent, Agent }) => new RetryAgent(new Agent())],
  [
    'Agent with an interceptor',
    ({ Agent, interceptors }) => new Agent().compose(interceptors.retry()),
  ],
]
const cases = versions.flatMap(([version, undici]) =>
  kinds.map(
    ([kind, create]) =>
      [version, kind, (url: string) => create(undici as typeof undici7, url)] as const,
  ),
)

const nowhere = {
  baseUrl: 'https://auth.example.test',
  clientId: 'a594430b-2bd4-4792-9666-63162ee858c5',
  vaultUrl: 'https://api.example.test/',
}

describe('a dispatcher of another version of undici than ours', () => {
  it.each(cases)('sends all requests: of undici %s, %s', async (_version, _kind, create) => {
    await using emulator = await testEmulator()
    await using proxy = await startConnectProxy()
    const dispatcher = create(proxy.url)
    const client = testClient(emulator, { dispatcher })
    const { status } = await client.secureFetch({ endpoint: 'metrics' })
    expect(status).toBe(200)
    const streamed = await client.fetch(`${emulator.vaultUrl}metrics`)
    expect(await streamed.json()).toBeTypeOf('object')
    await dispatcher.close()
  })

  it.each(versions)(
    'sends headers and bodies as they are: of undici %s',
    async (_version, { Agent }) => {
      await using emulator = await testEmulator()
      await using api = await startRecordingApi(sendJson({ ok: true }))
      const dispatcher = new Agent()
      const client = testClient(emulator, {
        dispatcher,
        resources: [{ baseUrl: api.baseUrl, methods: ['POST'] }],
      })
      await client.secureFetch({ endpoint: 'x', method: 'POST', query: { a: 1 }, body: { b: 2 } })
      const [request] = api.requests
      expect(request).toMatchObject({ method: 'POST', url: '/x?a=1', body: '{"b":2}' })
      expect(request?.headers).toMatchObject({
        authorization: expect.stringMatching(/^Bearer /),
        'content-type': 'application/json',
      })
      await dispatcher.close()
    },
  )

  it.each<readonly [string, () => Closable]>([
    ['an Agent of undici 6 with maxRedirections', () => new undici6.Agent({ maxRedirections: 3 })],
    ...versions.map(
      ([version, { Agent, interceptors }]) =>
        [
          `the redirect interceptor of undici ${version}`,
          () =>
            new (Agent as typeof undici7.Agent)().compose(
              (interceptors as typeof undici7.interceptors).redirect({ maxRedirections: 3 }),
            ),
        ] as const,
    ),
  ])('follows no redirect with the bearer: %s', async (_what, create) => {
    await using emulator = await testEmulator()
    await using other = await startRecordingApi()
    await using api = await startServer((_request, response) => {
      response.writeHead(307, { location: `${other.baseUrl}/x` }).end()
    })
    const dispatcher = create()
    const client = testClient(emulator, { dispatcher, resources: [{ baseUrl: api.baseUrl }] })
    const error = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(error).toMatchObject({ code: 'redirect_blocked' })
    expect(other.requests).toEqual([])
    await dispatcher.close()
  })

  it.each(versions)(
    'is told from an outage when it has been closed: of undici %s',
    async (_v, { Agent }) => {
      await using emulator = await testEmulator()
      const dispatcher = new Agent()
      await dispatcher.close()
      const error = await rejection(testClient(emulator, { dispatcher }).getDelegationToken())
      expect(error).toMatchObject({
        name: 'ConfigError',
        code: 'dispatcher_unusable',
        retryable: false,
        hint: expect.stringMatching(/undici 6, 7 or 8/),
      })
    },
  )

  it('of an instance of any version is accepted by the option', () => {
    for (const dispatcher of typed) {
      expect(() => testClient(nowhere, { dispatcher })).not.toThrow()
    }
  })

  it('stays an outage when nobody listens', async () => {
    await using emulator = await testEmulator()
    const { baseUrl, [Symbol.asyncDispose]: stop } = await startServer(() => undefined)
    await stop()
    const dispatcher = new undici8.Agent()
    const client = testClient(emulator, { dispatcher, resources: [{ baseUrl }] })
    const error = await rejection(client.secureFetch({ endpoint: 'x' }))
    expect(error).toMatchObject({ code: 'network_error', retryable: true })
    await dispatcher.close()
  })
})
