import { createHash } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import { createDelegationVerifier } from '@authsec/verify'
import { testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { startHttpServer } from '../src/http/http-server.ts'
import { type AuthSecMcpHandlerOptions, createAuthSecMcpHandler } from '../src/index.ts'
import { http2025, http2026, liveEnv, ServerProcess } from './support/processes.ts'
import { record, records, releasedRecord } from './support/vault.ts'

type TestEmulator = Awaited<ReturnType<typeof testEmulator>>

/** The server over real HTTP in this process. */
async function serve(emulator: TestEmulator, options: Partial<AuthSecMcpHandlerOptions> = {}) {
  const outcomes: string[] = []
  const client = testClient(emulator, {
    onEvent(event) {
      if (event.type === 'approval.settled') outcomes.push(event.outcome)
    },
  })
  const operations = [records, record, releasedRecord]
  const server = await startHttpServer({ port: 0, host: '127.0.0.1' }, (origin) =>
    createAuthSecMcpHandler(client, { operations, publicUrl: `${origin}/mcp`, ...options }),
  )
  return {
    url: `${server.origin}/mcp`,
    origin: server.origin,
    /** How approvals ended. */
    outcomes,
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await client.close()
    },
  }
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** A request with headers that `fetch` does not allow to be set. */
function raw(
  url: string,
  { method = 'POST', headers = {}, body = list }: RawOptions = {},
): Promise<Answer> {
  const all = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...headers,
  }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: all }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        watch('HTTP answer', [response.statusCode, response.headers, text])
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      })
    })
    sent.on('error', reject)
    sent.end(method === 'POST' ? body : undefined)
  })
}

interface RawOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
}

const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
const readRecord = { name: 'get_record', arguments: { id: 'rec-0001' } }

describe.each([
  ['v2', http2026],
  ['v1', http2025],
])('a %s client over HTTP', (_version, connect) => {
  it('lists and calls tools, and is refused a record that it may not read', async () => {
    await using emulator = await testEmulator()
    await using server = await serve(emulator)
    const client = await connect(server.url)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toContain('get_record')
    const result = await client.callTool(readRecord)
    watch('tool result', result)
    expect(result).toMatchObject({ structuredContent: { ok: true, data: { id: 'rec-0001' } } })
    const restricted = await client.callTool({
      name: 'get_record',
      arguments: { id: 'rec-0006' },
    })
    expect(restricted.structuredContent).toMatchObject({ code: 'insufficient_scope' })
    await client.close()
  })

  it('has nothing executed when it disconnects during an approval', async () => {
    await using emulator = await testEmulator()
    await using server = await serve(emulator, { approvals: { mode: 'inline' } })
    const client = await connect(server.url)
    const call = client.callTool({ name: 'release_record', arguments: { id: 'rec-0001' } })
    call.catch(() => undefined)
    await vi.waitFor(() => expect(emulator.control.approvals()).toHaveLength(1), { timeout: 8_000 })
    await client.close()
    await vi.waitFor(() => expect(server.outcomes).toEqual(['cancelled']))
    emulator.control.approve()
    expect(emulator.requests.filter(({ path }) => path.includes('records'))).toEqual([])
  })
})

describe('a web page', () => {
  it.each<[string, Record<string, string>, string]>([
    ['whose name was rebound to this machine', { host: 'evil.test' }, 'host_refused'],
    ['of another site', { origin: 'https://evil.test' }, 'origin_refused'],
    ['of an opaque origin', { origin: 'null' }, 'origin_refused'],
    ['of another local server', { origin: 'http://127.0.0.1:3000' }, 'origin_refused'],
    [
      "with a name that begins like the server's own",
      { origin: 'http://127.0.0.1.evil.test' },
      'origin_refused',
    ],
  ])('%s is refused', async (_what, headers, error) => {
    await using emulator = await testEmulator()
    await using server = await serve(emulator)
    const answer = await raw(server.url, { headers })
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.text)).toMatchObject({ error })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    const preflight = await raw(server.url, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(403)
    expect(emulator.requests).toEqual([])
  })

  it('may call and read from an allowed origin', async () => {
    await using emulator = await testEmulator()
    await using server = await serve(emulator, { allowedOrigins: ['https://app.test'] })
    const headers = { origin: 'https://app.test' }
    const preflight = await raw(server.url, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    const answer = await raw(server.url, { headers })
    expect(answer.status).toBe(200)
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.test')
  })
})

describe('bad requests', () => {
  it.each<[string, RawOptions, string, number]>([
    ['a body of 5 MB', { body: `{"x":"${'x'.repeat(5_000_000)}"}` }, '/mcp', 413],
    ['a body that is not JSON', { body: 'garbage' }, '/mcp', 400],
    ['another content type', { headers: { 'content-type': 'text/plain' } }, '/mcp', 415],
    ['another path', {}, '/other', 404],
    ['the method GET', { method: 'GET' }, '/mcp', 405],
  ])('with %s receive one answer with its own status', async (_what, options, path, status) => {
    await using emulator = await testEmulator()
    await using server = await serve(emulator)
    const answer = await raw(`${server.origin}${path}`, options).catch((error: unknown) => error)
    expect(answer).toMatchObject({ status })
    expect(emulator.requests).toEqual([])
  })
})

describe('a server that checks its callers', () => {
  async function guarded(permissions: string[] = []) {
    const emulator = await testEmulator()
    const callers = await testEmulator({ permissions: ['tools:use'], audience: ['mcp-server'] })
    const { baseUrl, tenantId, clientId } = callers
    const server = await serve(emulator, {
      inbound: {
        authSecUrl: baseUrl,
        permissions,
        verifier: createDelegationVerifier({
          authSecUrl: baseUrl,
          tenantId,
          audience: 'mcp-server',
          resourceMetadataUrl: 'http://127.0.0.1/.well-known/oauth-protected-resource/mcp',
        }),
      },
    })
    const tokenOf = async (): Promise<string> => {
      const token = await testClient({
        baseUrl,
        clientId,
        vaultUrl: callers.vaultUrl,
      }).getDelegationToken({ forceRefresh: true })
      return token.value
    }
    const dispose = async (): Promise<void> => {
      await server[Symbol.asyncDispose]()
      await callers.close()
      await emulator.close()
    }
    return { emulator, callers, server, tokenOf, [Symbol.asyncDispose]: dispose }
  }

  it('challenges a caller without a token, and publishes where tokens come from', async () => {
    await using setUp = await guarded()
    const { server, callers } = setUp
    const answer = await raw(server.url)
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer resource_metadata="http:.+\/\.well-known\/oauth-protected-resource\/mcp"$/,
    )
    const metadata = await raw(`${server.origin}/.well-known/oauth-protected-resource/mcp`, {
      method: 'GET',
    })
    expect(JSON.parse(metadata.text)).toMatchObject({
      resource: server.url,
      authorization_servers: [callers.baseUrl],
      bearer_methods_supported: ['header'],
    })
  })

  it.each<[string, (setUp: Awaited<ReturnType<typeof guarded>>) => Promise<string> | string]>([
    ['that is not a JWT', () => 'Bearer xyz'],
    [
      'for another audience',
      async ({ callers, tokenOf }) => {
        callers.control.delegate({ audience: ['another-api'] })
        return `Bearer ${await tokenOf()}`
      },
    ],
    [
      'of another issuer',
      async ({ emulator }) => `Bearer ${(await testClient(emulator).getDelegationToken()).value}`,
    ],
  ])('refuses a token %s', async (_what, authorizationOf) => {
    await using setUp = await guarded()
    const authorization = await authorizationOf(setUp)
    const answer = await raw(setUp.server.url, { headers: { authorization } })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/error="invalid_token"/)
  })

  it('refuses a caller without the permission', async () => {
    await using setUp = await guarded(['tools:admin'])
    const authorization = `Bearer ${await setUp.tokenOf()}`
    const answer = await raw(setUp.server.url, { headers: { authorization } })
    expect(answer.status).toBe(403)
    expect(answer.headers['www-authenticate']).toMatch(/scope="tools:admin"/)
  })

  it('serves a caller with a valid token, and never forwards that token', async () => {
    await using setUp = await guarded(['tools:use'])
    const token = await setUp.tokenOf()
    for (const connect of [http2026, http2025]) {
      const client = await connect(setUp.server.url, { authorization: `Bearer ${token}` })
      const result = await client.callTool(readRecord)
      expect(result.structuredContent).toMatchObject({ ok: true })
      await client.close()
    }
    const upstream = setUp.emulator.requests.filter(({ path }) => path.includes('records'))
    expect(upstream).toHaveLength(2)
    const inbound = createHash('sha256').update(token).digest('hex').slice(0, 8)
    expect(JSON.stringify(upstream)).not.toContain(inbound)
  })
})

describe('the program with --http', () => {
  it('serves both clients, logs its address, and ends on SIGTERM during a call', async () => {
    await using emulator = await testEmulator()
    const config = new URL('fixtures/tools.json', import.meta.url).pathname
    const args = ['--http', '0', '--config', config]
    await using server = new ServerProcess(args, liveEnv(emulator))
    const url = await server.saw('http://127\\.0\\.0\\.1:\\d+/mcp')
    for (const connect of [http2026, http2025]) {
      const client = await connect(url)
      const result = await client.callTool({ name: 'list_vault_records', arguments: {} })
      expect(result.structuredContent).toMatchObject({ ok: true })
      await client.close()
    }
    const client = await http2025(url)
    const call = client.callTool({ name: 'release_record', arguments: { id: 'rec-0001' } })
    call.catch(() => undefined)
    await vi.waitFor(() => expect(emulator.control.approvals()).toHaveLength(1), { timeout: 8_000 })
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
    await client.close()
    expect(server.stdout).toBe('')
    emulator.control.approve()
    expect(emulator.requests.filter(({ path }) => path.includes('rec-0001'))).toEqual([])
  })
})

describe('a session of a legacy client', () => {
  const release = { name: 'release_record', arguments: { id: 'rec-0001' } }

  it('connects the cancellation with its call, and a later approval executes nothing', async () => {
    await using emulator = await testEmulator()
    await using server = await serve(emulator)
    const client = await http2025(server.url)
    const abort = new AbortController()
    const call = client.callTool(release, undefined, { signal: abort.signal })
    await vi.waitFor(() => expect(emulator.control.approvals()).toHaveLength(1), { timeout: 8_000 })
    abort.abort()
    await expect(call).rejects.toThrow()
    await vi.waitFor(() => expect(server.outcomes).toEqual(['cancelled']))
    emulator.control.approve()
    await client.close()
    expect(emulator.requests.filter(({ path }) => path.includes('records'))).toEqual([])
  })

  it('cannot be used with a guessed ID, and a request without a session is served', async () => {
    await using emulator = await testEmulator()
    await using server = await serve(emulator)
    const unknown = await raw(server.url, { headers: { 'mcp-session-id': 'guessed' } })
    expect(unknown.status).toBe(404)
    expect(JSON.parse(unknown.text)).toMatchObject({ error: { message: 'Session not found' } })
    expect((await raw(server.url)).status).toBe(200)
  })
})
