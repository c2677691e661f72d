import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { describe, expect, test, vi } from 'vitest'
import type { EmulatorOptions, VaultRoute } from '../src/index.ts'
import {
  bearer,
  clockAt,
  delegationOf,
  inProcess,
  json,
  read,
  type TestServer,
  transports,
} from './test-server.ts'

const permissions = ['orders:read', 'orders:write', 'metrics:read']

async function token(server: TestServer): Promise<string> {
  return (await delegationOf(server.pull())).token
}

async function auth(server: TestServer): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await token(server)}` }
}

const orders: VaultRoute[] = [
  {
    path: '/orders/:id',
    permission: 'orders:read',
    handle: ({ params, query, claims, permissions }) => ({
      ...{ id: params['id'], expand: query['expand'] },
      ...{ client: claims['client_id'], may: permissions },
    }),
  },
  {
    method: 'POST',
    path: '/orders',
    permission: 'orders:write',
    handle: async ({ request }) => Response.json(await request.json(), { status: 201 }),
  },
  { method: 'DELETE', path: '/orders/:id', permission: 'orders:write', handle: () => undefined },
  { path: '/metrics', permission: 'metrics:read', handle: () => ({ own: true }) },
  { path: '/refunds', permission: 'refunds:read', handle: () => [] },
]

describe.each(transports)('routes of a developer %s', (_name, start) => {
  test('get the parameters, the query and the verified claims, and answer with a value or a Response', async () => {
    await using server = await start({ routes: orders, permissions })
    const headers = await auth(server)
    const order = await read(server.get('/secure-vault/orders/a%2Fb?expand=items', { headers }))
    expect([order.status, order.body]).toEqual([
      200,
      { id: 'a/b', expand: 'items', client: server.clientId, may: permissions },
    ])
    const created = await read(server.get('/secure-vault/orders', json({ n: 1 }, headers)))
    expect([created.status, created.body]).toEqual([201, { n: 1 }])
    const removed = await server.get('/secure-vault/orders/7', { method: 'DELETE', headers })
    expect([removed.status, await removed.text()]).toEqual([204, ''])
    // A route replaces the demo operation of the same path, and the others stay.
    expect((await read(server.get('/secure-vault/metrics', { headers }))).body).toEqual({
      own: true,
    })
    expect((await server.get('/secure-vault/records', { headers })).status).toBe(403)
    expect((await server.get('/secure-vault/nothing', { headers })).status).toBe(404)
  })

  test('are reached only with a valid token that has the permission', async () => {
    const handle = vi.fn(() => ({}))
    const routes: VaultRoute[] = [{ path: '/a', permission: 'a:read', handle }]
    await using server = await start({ routes, permissions: ['b:read', 'a:reader'] })
    const refusals = [
      await server.get('/secure-vault/a'),
      await server.get('/secure-vault/a', bearer('a.b.c')),
      await server.get('/secure-vault/a', bearer(await server.control.adminToken())),
      await server.get('/secure-vault/a', bearer(await token(server))),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([401, 401, 401, 403])
    expect(refusals[3]?.headers.get('www-authenticate')).toMatch('scope="a:read"')
    expect(handle).not.toHaveBeenCalled()
    server.control.delegate({ permissions: ['a:read'] })
    const headers = await auth(server)
    expect((await server.get('/secure-vault/a', { headers })).status).toBe(200)
    server.control.expire()
    expect((await server.get('/secure-vault/a', { headers })).status).toBe(401)
    expect(handle).toHaveBeenCalledTimes(1)
  })
})

test.each<[string, VaultRoute['handle']]>([
  [
    'throws',
    () => {
      throw new Error('the password is 4711')
    },
  ],
  ['rejects', async () => Promise.reject(new TypeError('the password is 4711'))],
  ['returns what has no JSON form', () => 1n],
  ['returns a function', () => () => undefined],
])(
  'a handler that %s is answered with 500, and only the process sees why',
  async (_name, handle) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await using server = await inProcess({
      routes: [{ path: '/a', permission: 'a:read', handle }],
      permissions: ['a:read'],
    })
    const answer = await read(server.get('/secure-vault/a', { headers: await auth(server) }))
    expect([answer.status, answer.body['error']]).toEqual([500, 'handler_failed'])
    expect(JSON.stringify(answer.body)).not.toContain('4711')
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  },
)

test('the vault requires the audience of the option vaultAudience', async () => {
  const options: EmulatorOptions = { audience: 'crm-api', permissions: ['metrics:read'] }
  await using own = await inProcess({ ...options, vaultAudience: 'crm-api' })
  expect((await own.get('/secure-vault/metrics', { headers: await auth(own) })).status).toBe(200)
  await using other = await inProcess(options)
  const refused = await other.get('/secure-vault/metrics', { headers: await auth(other) })
  expect(refused.status).toBe(401)
})

interface Api extends AsyncDisposable {
  readonly url: string
  readonly seen: IncomingMessage[]
}

/** An API of a developer on this computer. */
async function startApi(
  respond: (request: IncomingMessage, body: string) => [number, Record<string, string>, string],
): Promise<Api> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      seen.push(request)
      const [status, headers, text] = respond(request, body)
      response.writeHead(status, headers).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, seen, [Symbol.asyncDispose]: close }
}

describe.each(transports)('an API behind the option forward, %s', (_name, start) => {
  test('gets the verified requests below its address, and its responses come back as they are', async () => {
    await using api = await startApi((request, body) => [
      201,
      { 'content-type': 'application/json', 'x-own': 'yes' },
      JSON.stringify({ method: request.method, url: request.url, body }),
    ])
    for (const base of [api.url, `${api.url}/`, `${api.url}/v1`, `${api.url}/v1/`]) {
      await using server = await start({ forward: base })
      const headers = await auth(server)
      const path = '/secure-vault/orders/a%2Fb?expand=items'
      const answer = await read(server.get(path, json({ n: 1 }, headers)))
      const prefix = base.includes('v1') ? '/v1' : ''
      expect(answer.body).toEqual({
        ...{ method: 'POST', url: `${prefix}/orders/a%2Fb?expand=items` },
        body: '{"n":1}',
      })
      expect([answer.status, answer.headers.get('x-own')]).toEqual([201, 'yes'])
      expect(api.seen.at(-1)?.headers.authorization).toBe(headers['authorization'])
      // The demo data is gone.
      expect((await read(server.get('/secure-vault/metrics', { headers }))).body).toMatchObject({
        url: `${prefix}/metrics`,
      })
    }
  })

  test('gets no request without a valid token of this tenant', async () => {
    await using api = await startApi(() => [200, {}, '{}'])
    const clientId = '00000000-0000-4000-8000-000000000001'
    const tenantId = '00000000-0000-4000-8000-000000000002'
    await using server = await start({ forward: api.url, agents: [{ clientId, tenantId }] })
    const pulled = await server.get(`/authsec/uflow/sdk/delegation-token?client_id=${clientId}`)
    const foreign = (await delegationOf(pulled)).token
    const own = await token(server)
    const bad = [undefined, 'x', foreign, await server.control.adminToken(), own.slice(0, -8)]
    for (const value of bad) {
      const init = value === undefined ? {} : bearer(value)
      expect((await server.get('/secure-vault/orders', init)).status).toBe(401)
    }
    server.control.expire()
    expect((await server.get('/secure-vault/orders', bearer(own))).status).toBe(401)
    expect(api.seen).toEqual([])
  })

  test('may answer with a redirect, which is passed on and not followed', async () => {
    await using elsewhere = await startApi(() => [200, {}, 'stolen'])
    await using api = await startApi(() => [302, { location: elsewhere.url }, ''])
    await using server = await start({ forward: api.url })
    const answer = await server.get('/secure-vault/orders', { headers: await auth(server) })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, elsewhere.url])
    expect(elsewhere.seen).toEqual([])
  })
})

test('an API that cannot be reached is 502 and never demo data', async () => {
  const api = await startApi(() => [200, {}, '{}'])
  await api[Symbol.asyncDispose]()
  await using server = await inProcess({ forward: api.url })
  const headers = await auth(server)
  for (const path of ['metrics', 'records', 'records/rec-0001', 'anything']) {
    const { status, body } = await read(server.get(`/secure-vault/${path}`, { headers }))
    expect([path, status, body['error']]).toEqual([path, 502, 'bad_gateway'])
  }
})

test('an API that does not respond is 504 after the limit, and an aborted call ends at once', async () => {
  const hanging = createServer(() => undefined)
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve))
  const timers: (() => void)[] = []
  const clock = {
    ...clockAt(() => Date.UTC(2026, 10, 23)),
    setTimeout(callback: () => void) {
      timers.push(callback)
      return () => undefined
    },
  }
  const { port } = hanging.address() as AddressInfo
  await using server = await inProcess({ forward: `http://127.0.0.1:${port}`, clock })
  const headers = await auth(server)
  const late = read(server.get('/secure-vault/orders', { headers }))
  await expect.poll(() => timers.length).toBe(1)
  timers[0]?.()
  expect((await late).status).toBe(504)
  const stop = new AbortController()
  const aborted = server.get('/secure-vault/orders', { headers, signal: stop.signal })
  await expect.poll(() => timers.length).toBe(2)
  stop.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow()
  hanging.closeAllConnections()
  hanging.close()
})

test('a fetch handler such as that of a Hono app gets the verified requests below its root', async () => {
  const app = new Hono()
  app.get('/orders/:id', (c) => c.json({ id: c.req.param('id'), query: c.req.query('q') }))
  app.post('/orders', async (c) => c.json(await c.req.json(), 201))
  app.get('/broken', () => {
    throw new Error('not for the caller')
  })
  app.onError((error) => {
    throw error
  })
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  await using server = await inProcess({ forward: (request) => app.fetch(request) })
  const headers = await auth(server)
  const order = await read(server.get('/secure-vault/orders/7?q=x', { headers }))
  expect(order.body).toEqual({ id: '7', query: 'x' })
  expect((await server.get('/secure-vault/orders', json({ n: 1 }, headers))).status).toBe(201)
  expect((await server.get('/secure-vault/nothing', { headers })).status).toBe(404)
  expect((await server.get('/secure-vault/orders/7')).status).toBe(401)
  expect((await server.get('/secure-vault/broken', { headers })).status).toBe(500)
  expect(warn).toHaveBeenCalledTimes(1)
  warn.mockRestore()
})
