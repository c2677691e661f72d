import type { Emulator } from '@authsec/emulator'
import {
  type ConnectProxy,
  type ConnectProxyOptions,
  plantSecret,
  rejection,
  selfSigned,
  startConnectProxy,
  startTlsFront,
  type TlsFront,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClientFromEnv } from '../src/client/client-from-env.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { chooseProxy, usesProxy } from '../src/network/proxy-rules.ts'

/** Names that only the proxy can resolve (RFC 6761). */
const AUTH = 'auth.example.test'
const API = 'api.example.test'
const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy']

let emulator: Emulator
let front: TlsFront
beforeAll(async () => {
  emulator = await testEmulator({ allowedHosts: [AUTH, API] })
  front = await startTlsFront(emulator.baseUrl, [AUTH, API])
})
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  await emulator.close()
})
afterEach(() => {
  vi.unstubAllEnvs()
})

function setVariables(variables: Readonly<Record<string, string>>): void {
  for (const name of [...VARIABLES, 'no_proxy', 'NO_PROXY', 'NODE_USE_ENV_PROXY', 'NODE_OPTIONS']) {
    vi.stubEnv(name, variables[name] ?? '')
  }
}

function proxyTo(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const target = `127.0.0.1:${front.port}`
  return startConnectProxy({
    routes: { [`${AUTH}:443`]: target, [`${API}:443`]: target },
    ...options,
  })
}

const remote = { baseUrl: `https://${AUTH}`, vaultUrl: `https://${API}/secure-vault/` }

function remoteClient(options: Partial<AuthSecClientOptions> = {}): AuthSecClient {
  return testClient({ ...emulator, ...remote }, options)
}

async function assertWorks(client: AuthSecClient, proxy: ConnectProxy): Promise<void> {
  const { status } = await client.secureFetch({ endpoint: 'metrics' })
  expect(status).toBe(200)
  const streamed = await client.fetch(`${remote.vaultUrl}metrics`)
  expect(await streamed.json()).toBeTypeOf('object')
  expect([...new Set(proxy.targets)].sort()).toEqual([`${API}:443`, `${AUTH}:443`])
  expect(proxy.forwarded).toEqual([])
  const token = await client.getDelegationToken()
  const seen = proxy.seen.join('\n')
  for (const secret of [token.value, emulator.clientId, 'Bearer'])
    expect(seen).not.toContain(secret)
}

describe('a proxy that Node.js is told to use', () => {
  it.each<[string, Record<string, string>, (url: string) => Record<string, string>]>([
    ['HTTPS_PROXY', { NODE_USE_ENV_PROXY: '1' }, (url) => ({ HTTPS_PROXY: url })],
    ['https_proxy', { NODE_USE_ENV_PROXY: '1' }, (url) => ({ https_proxy: url })],
    [
      '--use-env-proxy',
      { NODE_OPTIONS: '--enable-source-maps --use-env-proxy' },
      (url) => ({ HTTPS_PROXY: url }),
    ],
    [
      'https_proxy before HTTPS_PROXY',
      { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'http://127.0.0.1:1' },
      (url) => ({ https_proxy: url }),
    ],
  ])('carries every request in a tunnel: %s', async (_what, variables, address) => {
    await using proxy = await proxyTo()
    setVariables({ ...variables, ...address(proxy.url) })
    await assertWorks(remoteClient(), proxy)
  })

  it('is read from the environment that createAuthSecClientFromEnv is given', async () => {
    await using proxy = await proxyTo()
    setVariables({})
    const client = createAuthSecClientFromEnv({
      AUTHSEC_BASE_URL: remote.baseUrl,
      AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
      AUTHSEC_API_URL: remote.vaultUrl,
      HTTPS_PROXY: proxy.url,
      NODE_USE_ENV_PROXY: '1',
    })
    await assertWorks(client, proxy)
  })

  it.each([
    {},
    { NODE_USE_ENV_PROXY: '0' },
    { NODE_USE_ENV_PROXY: 'true' },
    { NODE_OPTIONS: '-r x' },
  ])(
    'is not used when Node.js is not told so, and the hint says why nothing was reached: %j',
    async (variables) => {
      await using proxy = await proxyTo()
      setVariables({ HTTPS_PROXY: proxy.url, ...variables })
      const error = await rejection(remoteClient({ timeoutMs: 300 }).getDelegationToken())
      expect(error).toMatchObject({
        code: expect.stringMatching(/network_error|timeout/),
        hint: expect.stringMatching(/HTTPS_PROXY is set and not used.*NODE_USE_ENV_PROXY=1/),
      })
      expect(proxy.targets).toEqual([])
    },
  )

  it.each(['HTTP_PROXY', 'http_proxy', 'all_proxy'])(
    'is not that of %s, and the hint names HTTPS_PROXY',
    async (name) => {
      setVariables({ [name]: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1' })
      const error = await rejection(remoteClient({ timeoutMs: 300 }).getDelegationToken())
      expect(error).toMatchObject({
        hint: expect.stringMatching(new RegExp(`${name} is set and not used.*HTTPS_PROXY`)),
      })
    },
  )

  it('is not blamed where no variable names one, and the option is named', async () => {
    setVariables({})
    const error = await rejection(remoteClient({ timeoutMs: 300 }).getDelegationToken())
    const hint: unknown = Reflect.get(error, 'hint')
    expect(hint).not.toMatch(/HTTPS_PROXY|is set and not used|goes through/i)
    expect(hint).toMatch(/If only a proxy leads to this server, set the option `proxy`/)
  })
})

describe('the option proxy', () => {
  it.each<[string, (url: string) => string | URL]>([
    ['a text', (url) => url],
    ['a URL', (url) => new URL(url)],
    ['a text with a slash and spaces', (url) => ` ${url}/ `],
  ])('carries every request in a tunnel, whatever Node.js is told: %s', async (_what, of) => {
    await using proxy = await proxyTo()
    setVariables({ HTTPS_PROXY: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1' })
    await assertWorks(remoteClient({ proxy: of(proxy.url) }), proxy)
  })

  it('is AUTHSEC_PROXY in the environment', async () => {
    await using proxy = await proxyTo()
    setVariables({})
    const client = createAuthSecClientFromEnv({
      AUTHSEC_BASE_URL: remote.baseUrl,
      AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
      AUTHSEC_API_URL: remote.vaultUrl,
      AUTHSEC_PROXY: proxy.url,
    })
    await assertWorks(client, proxy)
  })

  it('may be an https proxy', async () => {
    const tls = selfSigned(['127.0.0.1'])
    await using proxy = await proxyTo({ tls })
    setVariables({})
    const error = await rejection(remoteClient({ proxy: proxy.url }).getDelegationToken())
    expect(error).toMatchObject({
      code: 'tls_error',
      systemCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      hint: expect.stringContaining('proxy'),
    })
    expect(proxy.targets).toEqual([])
  })

  it('is not used for this machine', async () => {
    await using proxy = await startConnectProxy()
    const client = testClient(emulator, { proxy: proxy.url })
    expect(await client.secureFetch({ endpoint: 'metrics' })).toMatchObject({ status: 200 })
    expect([...proxy.targets, ...proxy.forwarded]).toEqual([])
  })

  it('is not used when it is false', async () => {
    await using proxy = await proxyTo()
    setVariables({ HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' })
    const client = remoteClient({ proxy: false, timeoutMs: 300 })
    await rejection(client.getDelegationToken())
    expect(proxy.targets).toEqual([])
  })

  it('is not used for what NO_PROXY names', async () => {
    await using proxy = await proxyTo()
    setVariables({ NO_PROXY: `other.test,${AUTH}` })
    await rejection(remoteClient({ proxy: proxy.url, timeoutMs: 300 }).getDelegationToken())
    expect(proxy.targets).toEqual([])
  })

  it.each([
    'proxy.internal.test:3128',
    'socks5://proxy.example.com',
    'http://proxy.example.com/path',
    'http://user:pass@proxy.example.com?x',
    'http://user:100%@proxy.example.com',
    'http://169.254.169.254',
    'http://metadata.google.internal:3128',
    'http://[fd00:ec2::254]',
    'not a url',
    '',
  ])('is refused without being repeated: %s', (proxy) => {
    const error = thrown(() => remoteClient({ proxy }))
    expect(error).toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/^proxy /),
      hint: expect.stringContaining('AUTHSEC_PROXY'),
    })
    if (proxy) expect(JSON.stringify(error)).not.toContain(proxy)
    setVariables({ HTTPS_PROXY: proxy || 'nothing', NODE_USE_ENV_PROXY: '1' })
    expect(thrown(() => remoteClient()).message).toMatch(/^HTTPS_PROXY /)
  })

  it.each(['fetch', 'dispatcher'])('is refused beside %s, which would ignore it', (other) => {
    const value = other === 'fetch' ? fetch : { dispatch: () => true, request: () => undefined }
    const error = thrown(() => remoteClient({ proxy: 'http://127.0.0.1:9', [other]: value }))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(other) })
  })
})

describe('a proxy that asks for a name and a password', () => {
  const password = 'pa:ss/wörd'
  plantSecret('the password of the proxy', encodeURIComponent(password))

  it('gets them, and nobody else does', async () => {
    const credentials = `agent:${password}`
    await using proxy = await proxyTo({ credentials: credentials })
    setVariables({})
    const url = new URL(proxy.url)
    url.username = 'agent'
    url.password = password
    const events: string[] = []
    const client = remoteClient({
      proxy: url,
      onEvent: (event) => void events.push(JSON.stringify(event)),
    })
    await assertWorks(client, proxy)
    expect(events.join()).not.toMatch(/agent:|w%C3%B6rd|YWdlbnQ6/)
  })

  it.each<[string, ConnectProxyOptions, RegExp]>([
    ['asks for them', { credentials: 'a:b' }, /PROXY_HTTP_407/],
    ['allows no such host', { refuse: 403 }, /PROXY_HTTP_403/],
    ['knows no CONNECT', { refuse: 405 }, /PROXY_HTTP_405/],
  ])('is asked once when it %s, and said to refuse', async (_what, options, code) => {
    await using proxy = await proxyTo(options)
    setVariables({})
    const url = proxy.url.replace('//', '//agent:wrong@')
    const error = await rejection(remoteClient({ proxy: url }).getDelegationToken())
    expect(error).toMatchObject({
      code: 'proxy_refused',
      retryable: false,
      message: expect.stringMatching(code),
      hint: expect.stringMatching(/407.*URL of the proxy/),
    })
    expect(proxy.targets).toHaveLength(1)
    expect(JSON.stringify(error) + error.message).not.toMatch(/wrong|agent:/)
  })

  it.each<[string, ConnectProxyOptions]>([
    ['cannot reach the server', { refuse: 502 }],
    ['waits in vain for the server', { refuse: 504 }],
    ['never answers', { isSilent: true }],
  ])('is named in the hint of an outage when it %s', async (_what, options) => {
    await using proxy = await proxyTo(options)
    setVariables({ HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' })
    const error = await rejection(remoteClient({ timeoutMs: 200 }).getDelegationToken())
    expect(error).toMatchObject({
      code: expect.stringMatching(/network_error|timeout/),
      retryable: true,
      hint: expect.stringContaining('proxy of HTTPS_PROXY'),
    })
  })

  it('is named in the hint when nobody listens there', async () => {
    setVariables({})
    const client = remoteClient({ proxy: 'http://agent:secret@127.0.0.1:1', timeoutMs: 1_000 })
    const error = await rejection(client.getDelegationToken())
    expect(error).toMatchObject({
      systemCode: 'ECONNREFUSED',
      hint: expect.stringMatching(/proxy/),
    })
    expect(JSON.stringify(error) + error.message).not.toContain('secret')
  })
})

describe('NO_PROXY', () => {
  it.each<[string, string, boolean]>([
    ['*', 'https://a.example.com', false],
    ['a.example.com', 'https://a.example.com', false],
    ['A.EXAMPLE.com', 'https://a.example.com', false],
    ['example.com', 'https://a.example.com', true],
    ['.example.com', 'https://a.example.com', false],
    ['.example.com', 'https://example.com', false],
    ['*.example.com', 'https://a.b.example.com', false],
    ['.example.com', 'https://badexample.com', true],
    ['a.example.com:8443', 'https://a.example.com:8443', false],
    ['a.example.com:8443', 'https://a.example.com', true],
    ['a.example.com:443', 'https://a.example.com', false],
    ['10.0.0.5', 'https://10.0.0.5', false],
    ['10.0.0.1-10.0.0.9', 'https://10.0.0.5', false],
    ['10.0.0.1-10.0.0.9', 'https://10.0.1.5', true],
    ['fd00::5', 'https://[fd00::5]', false],
    ['[fd00::5]:8443', 'https://[fd00::5]:8443', false],
    [' x.test  ,\ta.example.com', 'https://a.example.com', false],
    ['', 'https://a.example.com', true],
  ])('%j makes %s go through the proxy: %j', (noProxy, url, isUsed) => {
    const { rules } = chooseProxy('http://127.0.0.1:9', { NO_PROXY: noProxy }, () => new Error())
    expect(rules && usesProxy(rules, new URL(url))).toBe(isUsed)
  })

  it.each(['http://127.0.0.1:8080', 'https://localhost', 'https://[::1]', 'https://127.9.9.9'])(
    'is not needed for this machine: %s',
    (url) => {
      const { rules } = chooseProxy('http://127.0.0.1:9', {}, () => new Error())
      expect(rules && usesProxy(rules, new URL(url))).toBe(false)
    },
  )
})
