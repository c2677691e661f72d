import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@authsec/emulator'
import {
  type ConnectProxy,
  type ConnectProxyOptions,
  startConnectProxy,
  startTlsFront,
  type TlsFront,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, type Env, http2026, initialize, ServerProcess } from './support/processes.ts'

/** Names that only the proxy can resolve (RFC 6761). */
const AUTH = 'auth.example.test'
const API = 'api.example.test'

let emulator: Emulator
let front: TlsFront
let folder = ''
let env: Env = {}
beforeAll(async () => {
  emulator = await testEmulator({ allowedHosts: [AUTH, API] })
  front = await startTlsFront(emulator.baseUrl, [AUTH, API])
  folder = await mkdtemp(join(tmpdir(), 'authsec-mcp-'))
  const certificate = join(folder, 'ca.pem')
  await writeFile(certificate, front.cert)
  env = {
    AUTHSEC_BASE_URL: `https://${AUTH}`,
    AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
    AUTHSEC_API_URL: `https://${API}/secure-vault/`,
    NODE_EXTRA_CA_CERTS: certificate,
  }
})
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  await emulator.close()
  await rm(folder, { recursive: true })
})

function proxyTo(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const target = `127.0.0.1:${front.port}`
  return startConnectProxy({
    routes: { [`${AUTH}:443`]: target, [`${API}:443`]: target },
    ...options,
  })
}

async function fetchMetrics(args: readonly string[], more: Env): Promise<ServerProcess> {
  const server = new ServerProcess(args, { ...env, ...more })
  server.send(initialize, call(1, 'authsec_secure_fetch', { endpoint: 'metrics' }))
  await server.saw('"id":1[,}]')
  return server
}

describe.concurrent('authsec-mcp behind a proxy', () => {
  it.each<[string, (url: string) => string[], (url: string) => Env]>([
    ['--proxy', (url) => ['--proxy', url], () => ({})],
    ['AUTHSEC_PROXY', () => [], (url) => ({ AUTHSEC_PROXY: url })],
    ['HTTPS_PROXY', () => [], (url) => ({ HTTPS_PROXY: url, NODE_USE_ENV_PROXY: '1' })],
    [
      '--proxy before AUTHSEC_PROXY',
      (url) => ['--proxy', url],
      () => ({ AUTHSEC_PROXY: 'http://127.0.0.1:9' }),
    ],
  ])('reaches AuthSec and the API through it: %s', async (_what, args, variables) => {
    await using proxy = await proxyTo()
    await using server = await fetchMetrics(args(proxy.url), variables(proxy.url))
    expect(server.messages.find(({ id }) => id === 1)).toMatchObject({
      result: { structuredContent: { ok: true, status: 200 } },
    })
    expect([...new Set(proxy.targets)].sort()).toEqual([`${API}:443`, `${AUTH}:443`])
    expect(proxy.forwarded).toEqual([])
  })

  it('gives the proxy its password, and the log does not have it', async () => {
    await using proxy = await proxyTo({ credentials: 'agent:pass-9f2c' })
    const url = proxy.url.replace('//', '//agent:pass-9f2c@')
    await using server = await fetchMetrics([], { AUTHSEC_PROXY: url })
    expect(server.stdout).toContain('"ok":true')
    expect(server.stdout + server.stderr).not.toContain('pass-9f2c')
  })

  it('sends nothing to it unless it is told to, and the log names the code', async () => {
    await using proxy = await proxyTo()
    await using server = await fetchMetrics([], { HTTPS_PROXY: proxy.url })
    expect(server.stdout).toMatch(/"isError":true|"error":/)
    expect(proxy.targets).toEqual([])
  })

  it.each(['proxy.example.com:3128', 'socks5://a.test', 'http://user:secret@a.test/path'])(
    'ends with one line for a proxy that cannot be one: %s',
    async (proxy) => {
      await using server = new ServerProcess(['--proxy', proxy, '--quiet'], env)
      expect(await server.exited).toBe(1)
      expect(server.stderr).toMatch(/^authsec-mcp: proxy .+AUTHSEC_PROXY.+\n$/)
      expect(server.stderr).not.toContain('secret')
    },
  )

  it('checks callers by keys that come through it', async () => {
    await using other = await testEmulator({ allowedHosts: [AUTH] })
    other.control.delegate({ audience: ['mcp'] })
    const { value } = await testClient(other).getDelegationToken()
    await using otherFront = await startTlsFront(other.baseUrl, [AUTH])
    const certificate = join(folder, 'other.pem')
    await writeFile(certificate, otherFront.cert)
    await using keys = await startConnectProxy({
      routes: { [`${AUTH}:443`]: `127.0.0.1:${otherFront.port}` },
    })
    await using server = new ServerProcess(['--http', '0', '--proxy', keys.url], {
      ...env,
      AUTHSEC_MCP_AUDIENCE: 'mcp',
      AUTHSEC_TENANT_ID: other.tenantId,
      NODE_EXTRA_CA_CERTS: certificate,
    })
    const url = await server.saw(/http:\/\/127\.0\.0\.1:\d+\/mcp/)
    const client = await http2026(url, { authorization: `Bearer ${value}` })
    expect(await client.listTools()).toMatchObject({ tools: expect.any(Array) })
    await client.close()
    expect(keys.targets).toEqual([`${AUTH}:443`])
    expect(keys.seen.join()).not.toContain(value)
  })
})
