import {
  type ConnectProxy,
  type ConnectProxyOptions,
  rejection,
  startConnectProxy,
  startServer,
  startTlsFront,
  type TestServer,
  type TlsFront,
} from '@authsec-internal/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  createDelegationVerifier,
  type DelegationVerifier,
  type DelegationVerifierOptions,
} from '../src/index.ts'
import { AUDIENCE, createAuthority, TENANT_ID } from './support/authority.ts'
import { createFakeClock } from './support/fake-clock.ts'
import { thrownBy } from './support/mistakes.ts'

const authority = createAuthority(createFakeClock(Date.now()))
const HOST = 'auth.example.test'

let authSec: TestServer
let front: TlsFront
beforeAll(async () => {
  authSec = await startServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    const isBundle = request.url?.includes('/bundle')
    response.end(JSON.stringify(isBundle ? { keys: [authority.key.jwk] } : { valid: true }))
  })
  front = await startTlsFront(authSec.baseUrl, [HOST])
})
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  await authSec[Symbol.asyncDispose]()
})
afterEach(() => {
  vi.unstubAllEnvs()
})

function verifierOf(options: Partial<DelegationVerifierOptions>): DelegationVerifier {
  return createDelegationVerifier({ tenantId: TENANT_ID, audience: AUDIENCE, ...options })
}

/** The error of a verification, as far as logs show it. */
async function failureOf(options: Partial<DelegationVerifierOptions>): Promise<Error> {
  const token = await authority.sign()
  return await rejection(verifierOf(options).verify(token))
}

function setVariables(variables: Readonly<Record<string, string>>): void {
  const names = ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'http_proxy', 'HTTP_PROXY']
  for (const name of [...names, 'all_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY', 'NODE_OPTIONS']) {
    vi.stubEnv(name, variables[name] ?? '')
  }
}

function proxyTo(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  return startConnectProxy({ routes: { [`${HOST}:443`]: `127.0.0.1:${front.port}` }, ...options })
}

const remote: Partial<DelegationVerifierOptions> = {
  authSecUrl: `https://${HOST}`,
  onlineCheck: { whenUnavailable: 'reject' },
}

describe('a proxy', () => {
  test.each<[string, (url: string) => Record<string, string>, (url: string) => object]>([
    ['the option', () => ({}), (proxy) => ({ proxy })],
    ['the option as a URL', () => ({}), (proxy) => ({ proxy: new URL(proxy) })],
    ['HTTPS_PROXY', (url) => ({ HTTPS_PROXY: url, NODE_USE_ENV_PROXY: '1' }), () => ({})],
    ['https_proxy', (url) => ({ https_proxy: url, NODE_OPTIONS: '--use-env-proxy' }), () => ({})],
  ])('carries keys and online checks in a tunnel: %s', async (_what, variables, options) => {
    await using proxy = await proxyTo({ credentials: 'agent:p@ss' })
    const url = proxy.url.replace('//', '//agent:p%40ss@')
    setVariables(variables(url))
    const token = await authority.sign()
    const verifier = verifierOf({ ...remote, ...options(url) })
    expect(await verifier.verify(token)).toMatchObject({ aud: [AUDIENCE] })
    expect(proxy.targets).toEqual([`${HOST}:443`, `${HOST}:443`])
    expect(proxy.forwarded).toEqual([])
    expect(proxy.seen.join()).not.toContain(token)
  })

  test.each<[string, ConnectProxyOptions, string]>([
    ['asks for a password', { credentials: 'a:b' }, 'PROXY_HTTP_407'],
    ['allows no such host', { refuse: 403 }, 'PROXY_HTTP_403'],
    ['cannot reach the server', { refuse: 502 }, 'PROXY_HTTP_502'],
  ])('is named when it %s, without its password', async (_what, options, systemCode) => {
    await using proxy = await proxyTo(options)
    const error = await failureOf({ ...remote, proxy: proxy.url.replace('//', '//agent:secret@') })
    expect(error).toMatchObject({
      code: 'keys_unavailable',
      systemCode,
      hint: expect.stringContaining('goes through the proxy of the option `proxy`'),
    })
    expect(JSON.stringify(error) + error.message).not.toMatch(/secret|agent/)
  })

  test('with a certificate for another name does not let the server in', async () => {
    await using proxy = await startConnectProxy({
      routes: { 'other.example.test:443': `127.0.0.1:${front.port}` },
    })
    const error = await failureOf({ authSecUrl: 'https://other.example.test', proxy: proxy.url })
    expect(error).toMatchObject({ systemCode: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  test('is not used when Node.js is not told so, and the hint names the variable', async () => {
    await using proxy = await proxyTo()
    setVariables({ HTTPS_PROXY: proxy.url })
    const error = await failureOf(remote)
    expect(error).toMatchObject({
      hint: expect.stringMatching(/HTTPS_PROXY is set and not used/),
    })
    expect(proxy.targets).toEqual([])
  })

  test('is not used for this machine, for NO_PROXY, or when it is false', async () => {
    await using proxy = await proxyTo()
    setVariables({ HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1', NO_PROXY: `.${HOST}` })
    const token = await authority.sign()
    const local = verifierOf({ authSecUrl: authSec.baseUrl, proxy: proxy.url })
    expect(await local.verify(token)).toBeDefined()
    await failureOf(remote)
    setVariables({ HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' })
    await failureOf({ ...remote, proxy: false })
    expect(proxy.targets).toEqual([])
  })

  test.each(['fetch', 'keys'])('is refused beside %s', async (other) => {
    const value = other === 'fetch' ? fetch : [authority.key.jwk]
    const source = other === 'fetch' ? { authSecUrl: `https://${HOST}` } : {}
    const options = { ...source, [other]: value, proxy: 'http://127.0.0.1:9' }
    const error = await thrownBy(() => verifierOf(options))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(other) })
  })
})
