import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { createFakeClock } from '../../../internal/test-kit/src/fake-clock.ts'
import {
  type RecordingApi,
  sendJson,
  startRecordingApi,
} from '../../../internal/test-kit/src/recording-api.ts'
import type { EmulatorOptions, EmulatorProfile } from '../src/index.ts'
import { runCommand } from '../src/terminal.ts'
import {
  inProcess,
  json,
  overHttp,
  read,
  type StartServer,
  type TestServer,
  transports,
} from './test-server.ts'

const email = 'approver@example.com'
const newToken = (): string => randomBytes(16).toString('base64url')

const flows: readonly [string, string, EmulatorProfile][] = [
  ['admin', '/authsec/uflow/auth/ciba', '2026-04'],
  ['tenant', '/authsec/uflow/auth/tenant/ciba', '2026-04'],
  ['workspace', '/authsec/uflow/auth/workspace/ciba', 'workspace'],
  ['deprecated admin', '/authsec/uflow/auth/ciba', 'workspace'],
]
const [, ADMIN] = flows[0] ?? ['', '']

function call(server: TestServer, path: string, fields: object): ReturnType<typeof read> {
  const { cibaClientId: client_id, cibaClientSecret } = server
  const pair = Buffer.from(`${client_id}:${cibaClientSecret}`).toString('base64')
  const body = { email, login_hint: email, client_id, ...fields }
  return read(server.get(path, json(body, { authorization: `Basic ${pair}` })))
}

function initiate(
  server: TestServer,
  client_notification_token: unknown,
  root: string = ADMIN,
): ReturnType<typeof read> {
  return call(server, `${root}/initiate`, { client_notification_token })
}

const poll = async (server: TestServer, auth_req_id: unknown, root = ADMIN): Promise<unknown> => {
  const { body } = await call(server, `${root}/token`, { auth_req_id })
  return body['error'] ?? 'token'
}

const apis: RecordingApi[] = []
afterEach(async () => {
  for (const api of apis.splice(0)) await api[Symbol.asyncDispose]()
})

/** An emulator with a notification endpoint, which answers 204 unless the test says otherwise. */
async function withEndpoint(
  options: EmulatorOptions = {},
  {
    start = overHttp,
    answer = sendJson('', 204),
  }: { start?: StartServer; answer?: Parameters<typeof startRecordingApi>[0] } = {},
): Promise<{ server: TestServer; endpoint: RecordingApi }> {
  const endpoint = await startRecordingApi(answer)
  apis.push(endpoint)
  const server = await start({
    rateLimit: false,
    ...options,
    notificationUrl: `${endpoint.baseUrl}/pings`,
  })
  return { server, endpoint }
}

const pingOf = (server: TestServer): unknown => server.control.approvals().at(-1)?.ping

/** Waits for the end of the newest request's ping. */
async function ended(server: TestServer): Promise<unknown> {
  await expect.poll(() => pingOf(server)).not.toBe('waiting')
  return pingOf(server)
}

/** What decides the newest request of a flow. Each gets the emulator and the ID of the request. */
const decisions: readonly [string, (server: TestServer, id: string, root: string) => unknown][] = [
  ['control approves it', (server) => server.control.approve()],
  ['control denies it', (server, id) => server.control.deny(id)],
  ['its user responds', (server, id, root) => respond(server, id, root)],
]

async function respond(server: TestServer, auth_req_id: string, root: string): Promise<void> {
  const authorization = `Bearer ${await server.control.userToken(email)}`
  const init = json({ auth_req_id, approved: true }, { authorization })
  expect((await read(server.get(`${root}/respond`, init))).body['success']).toBe(true)
}

describe.each(flows)(
  'a request of the %s flow with a notification token',
  (_name, root, profile) => {
    test.each(decisions)('gets one ping when %s', async (_how, decide) => {
      const { server, endpoint } = await withEndpoint({ profile })
      await using _closed = server
      const token = newToken()
      const asked = await initiate(server, token, root)
      expect([asked.status, pingOf(server), endpoint.count]).toEqual([200, 'waiting', 0])
      const id = String(asked.body['auth_req_id'])
      await decide(server, id, root)
      expect(await ended(server)).toBe('delivered')
      await poll(server, id, root)
      await poll(server, id, root)
      const [ping, ...others] = endpoint.requests
      expect(others).toEqual([])
      expect(ping).toMatchObject({ method: 'POST', url: '/pings' })
      expect(JSON.parse(ping?.body ?? '')).toEqual({ auth_req_id: id })
      expect(ping?.headers).toMatchObject({
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      })
    })
  },
)

describe.each(transports)('a ping of an emulator %s', (_name, start) => {
  test.each([
    ['approve', 0],
    ['deny', 0],
    [{ approveAfterPolls: 1 }, 2],
    [{ denyAfterPolls: 0 }, 1],
  ] as const)('follows the script %j', async (script, polls) => {
    const { server, endpoint } = await withEndpoint({}, { start })
    await using _closed = server
    server.control.scriptApproval(script)
    const { body } = await initiate(server, newToken())
    for (let index = 0; index < polls; index += 1) {
      expect(endpoint.count).toBe(0)
      await poll(server, body['auth_req_id'])
    }
    expect(await ended(server)).toBe('delivered')
    expect(endpoint.count).toBe(1)
  })

  test('follows the option approvals, for each request with its own token', async () => {
    const { server, endpoint } = await withEndpoint({ approvals: 'approve' }, { start })
    await using _closed = server
    const tokens = [newToken(), newToken(), newToken()]
    const ids: unknown[] = []
    for (const token of tokens) {
      ids.push((await initiate(server, token)).body['auth_req_id'])
      expect(await ended(server)).toBe('delivered')
    }
    const sent = endpoint.requests.map(({ headers, body }) => [
      headers.authorization,
      JSON.parse(body).auth_req_id,
    ])
    expect(sent).toEqual(tokens.map((token, index) => [`Bearer ${token}`, ids[index]]))
  })
})

test('a request that nobody answers gets its ping when it expires, and no other one', async () => {
  const clock = createFakeClock()
  const { server, endpoint } = await withEndpoint({ clock })
  await using _closed = server
  const { body } = await initiate(server, newToken())
  await clock.advance(299_999)
  expect([pingOf(server), endpoint.count]).toEqual(['waiting', 0])
  await clock.advance(1)
  expect(await ended(server)).toBe('delivered')
  expect(await poll(server, body['auth_req_id'])).toBe('expired_token')
  await clock.advance(86_400_000)
  expect(JSON.parse(endpoint.requests[0]?.body ?? '')).toEqual({ auth_req_id: body['auth_req_id'] })
  expect(endpoint.count).toBe(1)
})

test('an approved request that nobody collects gets no second ping when it expires', async () => {
  const clock = createFakeClock()
  const { server, endpoint } = await withEndpoint({ clock })
  await using _closed = server
  await initiate(server, newToken())
  server.control.approve()
  expect(await ended(server)).toBe('delivered')
  await clock.advance(600_000)
  expect(server.control.approvals()[0]?.status).toBe('expired')
  expect(endpoint.count).toBe(1)
})

test('an expiry that a poll notices before the timer gets its ping too', async () => {
  const clock = createFakeClock()
  const { server, endpoint } = await withEndpoint({ clock })
  await using _closed = server
  const { body } = await initiate(server, newToken())
  clock.jump(300_000)
  expect(await poll(server, body['auth_req_id'])).toBe('expired_token')
  expect(await ended(server)).toBe('delivered')
  await clock.advance(300_000)
  expect(endpoint.count).toBe(1)
})

test('without the option nothing changes: the server ignores the field, whatever it is', async () => {
  await using server = await overHttp()
  for (const token of [newToken(), 'short', 7, { a: 1 }, 'two words']) {
    expect((await initiate(server, token)).status).toBe(200)
    server.control.approve()
    expect(server.control.approvals().at(-1)).not.toHaveProperty('ping')
  }
  expect(server.control.issuedSecrets.filter((secret) => secret === 'short')).toEqual([])
})

test('a request without a notification token gets no ping', async () => {
  const { server, endpoint } = await withEndpoint()
  await using _closed = server
  for (const token of [undefined, null, '']) {
    expect((await initiate(server, token)).status).toBe(200)
    server.control.approve()
    expect(pingOf(server)).toBeUndefined()
  }
  await initiate(server, newToken())
  server.control.approve()
  await ended(server)
  expect(endpoint.count).toBe(1)
})

describe.each(flows)('initiate of the %s flow', (_name, root, profile) => {
  test.each([
    ['has 21 characters', 'a'.repeat(21)],
    ['has 1025 characters', 'a'.repeat(1025)],
    ['has a space', `Bearer ${'a'.repeat(30)}`],
    ['has a line break', `${'a'.repeat(30)}\r\nx-injected: 1`],
    ['is not ASCII', 'ä'.repeat(30)],
    ['has a padding in its middle', `${'a'.repeat(20)}=${'a'.repeat(20)}`],
    ['is a number', 1234567890],
    ['is a list', ['a'.repeat(30)]],
  ])('rejects a notification token that %s', async (_what, token) => {
    const { server, endpoint } = await withEndpoint({ profile, approvals: 'approve' })
    await using _closed = server
    const { status, body } = await initiate(server, token, root)
    expect([status, typeof body['error']]).toEqual([400, 'string'])
    expect(JSON.stringify(body)).not.toContain(String(token))
    expect([server.control.approvals(), endpoint.count]).toEqual([[], 0])
  })

  test('accepts a notification token of 22 and of 1024 characters, with padding too', async () => {
    const { server } = await withEndpoint({ profile })
    await using _closed = server
    const tokens = [newToken(), randomBytes(768).toString('base64url'), `${'a~+/._-'.repeat(4)}==`]
    for (const token of tokens) {
      expect((await initiate(server, token, root)).status).toBe(200)
      expect(server.control.issuedSecrets).toContain(token)
    }
  })
})

test.each([301, 302, 303, 307, 308])(
  'a redirect with %i is not followed and not repeated',
  async (status) => {
    const target = await startRecordingApi()
    apis.push(target)
    const answer = sendJson('', status, { location: `${target.baseUrl}/elsewhere` })
    const { server, endpoint } = await withEndpoint({}, { answer })
    await using _closed = server
    await initiate(server, newToken())
    server.control.approve()
    expect(await ended(server)).toBe('failed')
    expect([endpoint.count, target.count]).toEqual([1, 0])
  },
)

type Answer = Parameters<typeof sendJson>[1]

test.each<[string, (status: Answer) => Parameters<typeof startRecordingApi>[0], Answer]>([
  ['500', (status) => sendJson('', status), 500],
  ['503', (status) => sendJson('', status), 503],
  ['408', (status) => sendJson('', status), 408],
  ['429', (status) => sendJson('', status), 429],
  ['a reset', () => (response) => response.destroy(), 0],
])('a ping that fails with %s is repeated twice, and the poll gets its token', async (...row) => {
  const [, answer, status] = row
  const clock = createFakeClock()
  const { server, endpoint } = await withEndpoint({ clock }, { answer: answer(status) })
  await using _closed = server
  const { body } = await initiate(server, newToken())
  server.control.approve()
  expect(await poll(server, body['auth_req_id'])).toBe('token')
  await expect.poll(() => advanced(clock, () => pingOf(server)), { timeout: 10_000 }).toBe('failed')
  await clock.advance(60_000)
  expect(endpoint.count).toBe(3)
})

async function advanced<Value>(
  clock: ReturnType<typeof createFakeClock>,
  value: () => Value,
): Promise<Value> {
  await clock.advance(1_000)
  return value()
}

test.each([400, 401, 404])(
  'a ping that the client rejects with %i is not repeated',
  async (status) => {
    const clock = createFakeClock()
    const { server, endpoint } = await withEndpoint({ clock }, { answer: sendJson('', status) })
    await using _closed = server
    await initiate(server, newToken())
    server.control.deny()
    expect(await ended(server)).toBe('failed')
    await clock.advance(60_000)
    expect(endpoint.count).toBe(1)
  },
)

test('a ping that succeeds at the second attempt is delivered', async () => {
  const clock = createFakeClock()
  const answer: Parameters<typeof startRecordingApi>[0] = (response) =>
    sendJson('', endpointCount() === 1 ? 500 : 200)(response)
  const { server, endpoint } = await withEndpoint({ clock }, { answer })
  await using _closed = server
  const endpointCount = (): number => endpoint.count
  await initiate(server, newToken())
  server.control.approve()
  await expect
    .poll(() => advanced(clock, () => pingOf(server)), { timeout: 10_000 })
    .toBe('delivered')
  expect(endpoint.count).toBe(2)
})

test('an endpoint that never answers blocks nothing, and each attempt has ten seconds', async () => {
  const clock = createFakeClock()
  const { server, endpoint } = await withEndpoint({ clock }, { answer: () => undefined })
  await using _closed = server
  const { body } = await initiate(server, newToken())
  server.control.approve()
  expect(await poll(server, body['auth_req_id'])).toBe('token')
  await expect.poll(() => endpoint.count).toBe(1)
  await clock.advance(9_000)
  expect([pingOf(server), endpoint.count]).toEqual(['waiting', 1])
  await expect.poll(() => advanced(clock, () => pingOf(server)), { timeout: 10_000 }).toBe('failed')
  expect(endpoint.count).toBe(3)
})

test('an emulator that was closed sends no ping', async () => {
  const clock = createFakeClock()
  const { server, endpoint } = await withEndpoint({ clock }, { answer: sendJson('', 500) })
  await initiate(server, newToken())
  await initiate(server, newToken())
  server.control.approve()
  await expect.poll(() => endpoint.count).toBe(1)
  await server[Symbol.asyncDispose]()
  await clock.advance(600_000)
  expect(server.control.approvals().map(({ ping }) => ping)).toEqual(['failed', 'failed'])
  expect(endpoint.count).toBe(1)
})

test('neither the log of requests nor a typed command nor the list of approvals shows the token', async () => {
  const { server } = await withEndpoint({}, { start: inProcess })
  await using _closed = server
  const token = newToken()
  await initiate(server, token)
  server.control.approve()
  await ended(server)
  const shown = [server.requests, server.control.approvals()].map((value) =>
    inspect(value, { depth: 9, showHidden: true }),
  )
  for (const line of ['approvals', 'requests', 'credentials', 'help', `approve ${token}`]) {
    shown.push(await runCommand(line, server))
  }
  expect(shown.join('\n')).not.toContain(token)
})

test('no timer is left once a ping was sent, or the emulator closed', async () => {
  const clock = createFakeClock()
  const { server } = await withEndpoint({ clock })
  const before = clock.pending
  await initiate(server, newToken())
  await initiate(server, newToken())
  expect(clock.pending).toBe(before + 2)
  server.control.deny()
  expect(await ended(server)).toBe('delivered')
  server.control.scriptApproval('approve')
  await initiate(server, newToken())
  expect(await ended(server)).toBe('delivered')
  expect(clock.pending).toBe(before + 1)
  await server[Symbol.asyncDispose]()
  expect(clock.pending).toBe(before)
})
