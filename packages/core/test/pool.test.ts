import { randomUUID } from 'node:crypto'
import { createEmulator, type Emulator } from '@authsec/emulator'
import { createFakeClock, rejection, testEmulator, thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { type AuthSecEvent, createAuthSecPool, createAuthSecPoolFromEnv } from '../src/index.ts'

const vaultOf = (emulator: Emulator) => [{ name: 'vault', baseUrl: emulator.vaultUrl }]
const poolOf = (emulator: Emulator, more: object = {}) =>
  createAuthSecPool({ baseUrl: emulator.baseUrl, resources: vaultOf(emulator), ...more })
const pulls = ({ requests }: Emulator): number =>
  requests.filter(({ path }) => path.endsWith('delegation-token')).length

describe('a pool', () => {
  it('gives the same agent the same client, in every form of its client ID', async () => {
    await using emulator = await testEmulator()
    await using pool = poolOf(emulator)
    const { clientId } = emulator
    const client = pool.client(clientId)
    const forms = [clientId.toUpperCase(), clientId.replaceAll('-', ''), `{${clientId}}`]
    for (const form of forms) expect(pool.client(form)).toBe(client)
    expect(pool.client(clientId, {})).toBe(client)
    expect(pool.client(clientId, { apiToken: undefined })).toBe(client)
    expect(pool.client(randomUUID())).not.toBe(client)
    expect(pool.size).toBe(2)
    await client.secureFetch({ endpoint: 'metrics' })
    await pool.client(clientId).secureFetch({ endpoint: 'metrics' })
    expect(pulls(emulator)).toBe(1)
  })

  it('gives the same client for equal overrides, and another one for others', async () => {
    await using emulator = await testEmulator()
    await using pool = poolOf(emulator)
    const { clientId } = emulator
    const onEvent = (): void => undefined
    const approver = (): string => 'a@example.com'
    const write = (extra: object = {}) => ({
      ciba: { loginHint: 'jo@example.com' },
      resources: [
        {
          baseUrl: emulator.vaultUrl,
          methods: ['GET', 'PUT'],
          approval: { approver, message: 'Write?' },
        },
      ],
      budget: { callsPerRun: 7 },
      onEvent,
      ...extra,
    })
    const client = pool.client(clientId, write())
    expect(pool.client(clientId, write())).toBe(client)
    const others = [
      { apiToken: 'session-a' },
      { apiToken: 'session-b' },
      { onEvent: () => undefined },
      { budget: { callsPerRun: 8 } },
      { budget: { callsPerWindow: 7 } },
      { ciba: { loginHint: 'al@example.com' } },
      { maxTokenLifetimeSeconds: 7 },
      { resources: [] },
    ]
    const made = others.map((extra) => pool.client(clientId, write(extra)))
    expect(new Set([client, pool.client(clientId), ...made]).size).toBe(others.length + 2)
  })

  it('never mixes up agents that have one secret text in common', async () => {
    await using emulator = await testEmulator()
    await using pool = poolOf(emulator)
    const id = emulator.clientId
    const pairs = [
      [{ apiToken: 'a', tenantId: id }, { apiToken: 'a' }],
      [{ apiToken: '{"tenantId":1}' }, { tenantId: randomUUID() }],
      [{ timeoutMs: 1 }, { timeoutMs: 1.5 }],
      [{ approvals: { showApprover: true } }, { approvals: { showApprover: false } }],
    ] as const
    for (const [one, other] of pairs) {
      expect(pool.client(id, one)).not.toBe(pool.client(id, other))
    }
  })

  it('calls as the agent whose client it is', async () => {
    const agents = Array.from({ length: 20 }, () => ({ clientId: randomUUID() }))
    await using emulator = await testEmulator({ agents })
    await using pool = poolOf(emulator)
    const subjects = agents.map(async ({ clientId }) => {
      const token = await pool.client(clientId).getDelegationToken()
      return token.subject.endsWith(clientId)
    })
    expect(await Promise.all(subjects)).toEqual(agents.map(() => true))
  })

  it('keeps the clients that were asked for last', async () => {
    await using emulator = await testEmulator()
    await using pool = poolOf(emulator, { maxClients: 2 })
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()]
    const [first, second] = [pool.client(a), pool.client(b)]
    expect(pool.client(a)).toBe(first)
    pool.client(c)
    expect(pool.size).toBe(2)
    expect(pool.client(a)).toBe(first)
    expect(pool.client(b)).not.toBe(second)
  })

  it('lets go of a client that nobody asked for within idleMs, and its holder goes on with it', async () => {
    await using emulator = await testEmulator()
    const clock = createFakeClock()
    await using pool = poolOf(emulator, { idleMs: 60_000, clock })
    const client = pool.client(emulator.clientId)
    await clock.advance(59_999)
    expect(pool.client(emulator.clientId)).toBe(client)
    await clock.advance(60_000)
    pool.client(randomUUID())
    expect(pool.size).toBe(1)
    expect((await client.secureFetch({ endpoint: 'metrics' })).status).toBe(200)
  })

  it('closes all its clients, those that it let go of included', async () => {
    await using emulator = await testEmulator()
    const pool = poolOf(emulator, { maxClients: 1 })
    const clients = [emulator.clientId, randomUUID()].map((id) => pool.client(id))
    await pool.close()
    for (const client of clients) {
      const error = await rejection(client.secureFetch({ endpoint: 'metrics' }))
      expect(error).toMatchObject({ code: 'client_closed' })
    }
    expect(thrown(() => pool.client(emulator.clientId))).toMatchObject({
      code: 'client_closed',
      message: 'This AuthSec pool has been closed.',
    })
    await pool.close()
  })

  it('hands out no client that its user closed', async () => {
    await using emulator = await testEmulator()
    await using pool = poolOf(emulator)
    const client = pool.client(emulator.clientId)
    await client.close()
    const next = pool.client(emulator.clientId)
    expect(next).not.toBe(client)
    expect((await next.secureFetch({ endpoint: 'metrics' })).status).toBe(200)
  })

  it('keeps the other members of a group of options that a client overrides', async () => {
    await using emulator = await testEmulator()
    const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')
    const approvals = { keys: [{ kid: 'k', key }] }
    await using pool = poolOf(emulator, { approvals, ciba: { loginHint: 'approver@example.com' } })
    await using other = poolOf(emulator, { approvals })
    const client = pool.client(emulator.clientId, { approvals: { showApprover: true } })
    const question = { message: 'Really?', action: { step: 1 } }
    const sealed = await client.sealApproval(await client.startApproval(question))
    expect(await other.client(emulator.clientId).viewApproval(sealed)).toMatchObject({
      status: 'pending',
    })
  })

  it('takes nothing away for an override that is undefined', async () => {
    await using emulator = await testEmulator()
    await using pool = poolOf(emulator, { tenantId: randomUUID(), budget: { callsPerRun: 1 } })
    const overrides = [{ tenantId: undefined }, { apiToken: 'a', tenantId: undefined }, {}]
    for (const given of overrides) {
      const client = pool.client(emulator.clientId, given)
      expect(await rejection(client.getDelegationToken())).toMatchObject({ code: 'wrong_tenant' })
    }
    await using other = poolOf(emulator, { budget: { callsPerRun: 1 } })
    const budget = Object({ callsPerRun: undefined, concurrentCalls: 3 })
    const { secureFetch } = other.client(emulator.clientId, { budget })
    await secureFetch({ endpoint: 'metrics' }, { run: 'r' })
    expect(await rejection(secureFetch({ endpoint: 'metrics' }, { run: 'r' }))).toMatchObject({
      code: 'budget_exceeded',
    })
  })

  it.each([
    [{ maxClients: 0 }, 'maxClients'],
    [{ idleMs: 'x' }, 'idleMs'],
    [{ clientId: randomUUID() }, 'clientId'],
    [{ maxClient: 1 }, 'maxClient'],
    [{ baseUrl: 'http://auth.example.com' }, 'baseUrl'],
  ])('refuses the options %j', (options, name) => {
    const error = thrown(() =>
      createAuthSecPool({ baseUrl: 'https://auth.example.com', ...(options as object) }),
    )
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(name) })
  })

  it.each([
    [{ baseUrl: 'https://other.example.com' }],
    [{ clientId: randomUUID() }],
    [{ fetch: globalThis.fetch }],
    [{ proxy: 'http://proxy.example.com' }],
    [{ resource: [] }],
    [{ apiToken: 7 }],
  ])('refuses the overrides %o of a client, in live and in mock mode', async (overrides) => {
    await using live = createAuthSecPool({ baseUrl: 'https://auth.example.com' })
    await using mock = createAuthSecPoolFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent: () => {} })
    for (const pool of [live, mock]) {
      const error = thrown(() => pool.client(randomUUID(), Object(overrides)))
      expect(error).toMatchObject({ name: 'ConfigError' })
    }
  })

  it('refuses what is no client ID', async () => {
    await using pool = createAuthSecPool({ baseUrl: 'https://auth.example.com' })
    for (const id of ['', 'x', undefined, 7, null, '../admin']) {
      const error = thrown(() => Reflect.apply(pool.client, pool, [id]))
      expect(error).toMatchObject({
        name: 'ConfigError',
        message: expect.stringContaining('clientId'),
      })
    }
    expect(pool.size).toBe(0)
  })
})

describe('a pool from the environment', () => {
  it('is live with a base URL alone', async () => {
    await using emulator = await testEmulator()
    const env = { AUTHSEC_BASE_URL: emulator.baseUrl, AUTHSEC_API_URL: emulator.vaultUrl }
    await using pool = createAuthSecPoolFromEnv(env)
    const client = pool.client(emulator.clientId)
    expect(client.mode).toBe('live')
    expect((await client.secureFetch({ endpoint: 'metrics' })).status).toBe(200)
  })

  it('has an emulator for each agent in mock mode, and announces that once', async () => {
    const events: AuthSecEvent[] = []
    const onEvent = (event: AuthSecEvent): void => void events.push(event)
    await using pool = createAuthSecPoolFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent })
    const agents = [randomUUID(), randomUUID()]
    for (const agent of agents) {
      const client = pool.client(agent)
      expect(client.mode).toBe('mock')
      const { subject } = await client.getDelegationToken()
      expect(subject.endsWith(agent)).toBe(true)
    }
    expect(events.filter((event) => event.type === 'warning')).toMatchObject([
      { code: 'mock_mode' },
    ])
  })

  it.each([
    [{}, /No AuthSec server is configured/, 'config_missing'],
    [{ AUTHSEC_MODE: 'live' }, /AUTHSEC_BASE_URL is not set/, 'config_missing'],
    [{ AUTHSEC_MODE: 'mock', NODE_ENV: 'production' }, /Mock mode is refused/, 'mode_refused'],
  ])('refuses the variables %j', (env, message, code) => {
    const error = thrown(() => createAuthSecPoolFromEnv(env))
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('refuses an emulator and other options that it does not know', () => {
    const error = thrown(() =>
      createAuthSecPoolFromEnv({ AUTHSEC_MODE: 'mock' }, Object({ emulator: createEmulator() })),
    )
    expect(error).toMatchObject({ code: 'config_invalid' })
  })
})

describe('a client of very many resources', () => {
  const resources = Array.from({ length: 10_000 }, (_, index) => ({
    name: `api-${index}`,
    baseUrl: `https://api-${index}.example.com/v1/`,
  }))
  const answered: string[] = []
  const client = async (emulator: Emulator) =>
    createAuthSecPool({
      baseUrl: emulator.baseUrl,
      resources,
      fetch: async (input, init) => {
        if (input.startsWith(emulator.baseUrl)) return globalThis.fetch(input, init)
        answered.push(input)
        return Response.json({})
      },
    }).client(emulator.clientId)

  it('finds each of them by name and by URL', async () => {
    await using emulator = await testEmulator()
    const { secureFetch, fetch } = await client(emulator)
    await secureFetch({ resource: 'api-9999', endpoint: 'x' })
    await fetch('https://api-4711.example.com/v1/y')
    expect(answered).toEqual([
      'https://api-9999.example.com/v1/x',
      'https://api-4711.example.com/v1/y',
    ])
    const error = await rejection(fetch('https://api-10000.example.com/v1/y'))
    expect(error).toMatchObject({ code: 'resource_unknown' })
  })

  it('names some of them only in the hint for a model', async () => {
    await using emulator = await testEmulator()
    const { secureFetch } = await client(emulator)
    const error = await rejection(secureFetch({ resource: 'api', endpoint: 'x' }))
    expect(error).toMatchObject({
      code: 'resource_unknown',
      hint: expect.stringMatching(/^Name one of .*: api-0, .*, api-19 and 9980 more\.$/),
    })
  })
})
