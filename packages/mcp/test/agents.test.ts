import { randomUUID } from 'node:crypto'
import type { AuthSecClient, AuthSecClientOptions, Clock } from '@authsec/core'
import { createDelegationVerifier } from '@authsec/verify'
import {
  type AgentName,
  agentNames,
  fastClock,
  plantSecret,
  recordOf,
  testClient,
  testEmulator,
  thrown,
  twoAgents,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { startHttpServer } from '../src/http/http-server.ts'
import {
  type AuthSecMcpHandlerOptions,
  type ClientOfCaller,
  createAuthSecMcpHandler,
  type McpCaller,
} from '../src/index.ts'
import { type AnyClient, http2025, http2026, initialize } from './support/processes.ts'
import { record, records, releasedRecord } from './support/vault.ts'

const approverOf = (name: AgentName): string => `${name}@example.com`
const users = ['approver@example.com', ...agentNames.map(approverOf)]

interface Settings {
  /** For approvals, which a person takes time for. Its deadlines come early on a busy machine. */
  readonly clock?: Clock
  readonly budget?: AuthSecClientOptions['budget']
  readonly options?: Partial<AuthSecMcpHandlerOptions>
  readonly clientOf?: (clients: Readonly<Record<AgentName, AuthSecClient>>) => ClientOfCaller
}

type Connect = (url: string, headers: Record<string, string>) => Promise<AnyClient>

/** A server that acts as `one` and `other`, for two callers whose tokens are verified, and a third that it does not know. */
async function serve({ options, clientOf, budget, clock }: Settings = {}) {
  const key = { kid: 'k1', key: Uint8Array.from({ length: 32 }, (_, n) => n * 7 + 1) }
  const agents = await twoAgents(
    (name, { vaultUrl }) => ({
      ...(clock && { clock }),
      ciba: { loginHint: approverOf(name) },
      approvals: { keys: [key] },
      budget,
      resources: [
        { name: 'vault', baseUrl: vaultUrl },
        ...(name === 'one' ? [] : [{ name: 'billing', baseUrl: `${vaultUrl}billing/` }]),
      ],
    }),
    { users },
  )
  const callerIds = [randomUUID(), randomUUID()]
  for (const id of callerIds) plantSecret('the client ID of a caller', id)
  const callers = await testEmulator({
    audience: ['mcp-server'],
    permissions: ['tools:use'],
    agents: callerIds.map((clientId) => ({ clientId })),
  })
  const tokens = await Promise.all(
    [callers.clientId, ...callerIds].map(async (clientId) => {
      const client = testClient({ ...callers, clientId })
      return client.getDelegationToken()
    }),
  )
  const subjects = new Map(tokens.map(({ subject }, n) => [subject, agentNames[n]]))
  const seen: McpCaller[] = []
  const errors: Error[] = []
  const named: ClientOfCaller = (caller) => {
    seen.push(caller)
    if (clientOf) return clientOf(agents.clients)(caller)
    return agents.clientOf(subjects.get(caller.subject))
  }
  const server = await startHttpServer({ port: 0, host: '127.0.0.1' }, (origin) =>
    createAuthSecMcpHandler(named, {
      publicUrl: `${origin}/mcp`,
      operations: [
        { ...record, resource: 'vault' },
        { ...releasedRecord, resource: 'vault', approval: { message: 'Show {id}?' } },
        { ...records, name: 'list_invoices', path: 'invoices', resource: 'billing' },
      ],
      secureFetch: false,
      clock,
      onError: (error) => void errors.push(error),
      inbound: {
        authSecUrl: callers.baseUrl,
        verifier: createDelegationVerifier({
          authSecUrl: callers.baseUrl,
          tenantId: callers.tenantId,
          audience: 'mcp-server',
        }),
      },
      ...options,
    }),
  )
  const headersOf = (caller: number): Record<string, string> => {
    return { authorization: `Bearer ${tokens[caller]?.value}` }
  }
  const raw = async (message: object, headers: Record<string, string>) => {
    const response = await fetch(`${server.origin}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(message),
    })
    const text = await response.text()
    watch('an answer', [response.status, text])
    return { status: response.status, text, session: response.headers.get('mcp-session-id') }
  }
  return {
    ...agents,
    seen,
    errors,
    raw,
    headersOf,
    tokens,
    url: `${server.origin}/mcp`,
    connect: (connect: Connect, name: AgentName) =>
      connect(`${server.origin}/mcp`, headersOf(agentNames.indexOf(name))),
    async [Symbol.asyncDispose]() {
      await server.close()
      await agents[Symbol.asyncDispose]()
      await callers.close()
    },
  }
}

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const STRANGER = 2

const versions: [string, Connect][] = [
  ['2026-07-28', http2026 as Connect],
  ['2025', http2025 as Connect],
]

describe.each(versions)('two callers of one server, with MCP %s', (_version, connect) => {
  it('make 200 calls that overlap, each with the token of their own agent', async () => {
    await using server = await serve()
    const callers = await Promise.all(agentNames.map((name) => server.connect(connect, name)))
    const calls = Array.from({ length: 200 }, (_, n) => n % 2)
    const results = await Promise.all(
      calls.map((n) =>
        callers[n]?.callTool({
          name: 'get_record',
          arguments: { id: recordOf[agentNames[n] as AgentName] },
        }),
      ),
    )
    watch('results', results)
    const refused = results.filter((result) => Object(result).structuredContent?.ok !== true)
    expect(refused).toEqual([])
    const made = await server.vaultCalls()
    expect(made).toHaveLength(200)
    expect(made.filter(({ token, record }) => token !== record)).toEqual([])
    expect(made.filter(({ token }) => token === 'one')).toHaveLength(100)
    await Promise.all(callers.map((caller) => caller.close()))
  })

  it('are offered the tools of their own agent, and told who it is', async () => {
    await using server = await serve()
    const found = await Promise.all(
      agentNames.map(async (name) => {
        const caller = await server.connect(connect, name)
        const { tools } = await caller.listTools()
        const whoami = await caller.callTool({ name: 'authsec_whoami', arguments: {} })
        const invoices = await caller
          .callTool({ name: 'list_invoices', arguments: {} })
          .catch((error: unknown) => error)
        await caller.close()
        const { fingerprint } = Object(Object(whoami).structuredContent)
        return { names: tools.map((tool) => tool.name), fingerprint, invoices }
      }),
    )
    const [one, other] = found
    expect(one?.names).toEqual(['get_record', 'release_record', 'authsec_whoami'])
    expect(other?.names).toEqual([
      'get_record',
      'release_record',
      'list_invoices',
      'authsec_whoami',
    ])
    expect(String(JSON.stringify(one?.invoices) + one?.invoices)).toMatch(/not found/i)
    for (const [n, name] of agentNames.entries()) {
      const token = await server.clients[name].getDelegationToken()
      expect(found[n]?.fingerprint).toBe(token.fingerprint)
    }
  })

  it('have their own approver asked', async () => {
    await using server = await serve({ clock: fastClock })
    server.emulator.control.scriptApproval('approve', 'approve')
    for (const name of agentNames) {
      const caller = await server.connect(connect, name)
      const result = await caller.callTool({
        name: 'release_record',
        arguments: { id: recordOf[name] },
      })
      expect(result).toMatchObject({ structuredContent: { ok: true } })
      await caller.close()
    }
    const asked = server.emulator.control.approvals().map(({ user }) => user)
    expect(asked).toEqual(agentNames.map(approverOf))
    expect(await server.vaultCalls()).toEqual(
      agentNames.map((name) => ({ token: name, record: name })),
    )
  })

  it.each<[string, Record<string, unknown>]>([
    ['an argument of the name', { id: 'rec-0001', client: 'other' }],
    ['a caller among the arguments', { id: 'rec-0001', caller: { subject: 'other' } }],
    ['headers among the arguments', { id: 'rec-0001', headers: { authorization: 'Bearer x' } }],
    ['a path', { id: 'rec-0001?client=other' }],
  ])('act as their own agent, whatever the model writes: %s', async (_what, args) => {
    await using server = await serve()
    const caller = await server.connect(connect, 'one')
    await caller.callTool({ name: 'get_record', arguments: args }).catch(() => undefined)
    expect(
      JSON.stringify(server.seen.map((one) => ({ ...one, headers: [...one.headers] }))),
    ).not.toMatch(/"other"|Bearer/)
    expect((await server.vaultCalls()).map(({ token }) => token)).not.toContain('other')
    await caller.close()
  })

  it('each have a budget of their own', async () => {
    await using server = await serve({ budget: { callsPerWindow: 3 } })
    const callers = await Promise.all(agentNames.map((name) => server.connect(connect, name)))
    const codes: unknown[] = []
    for (const n of [0, 0, 0, 0, 1]) {
      const id = recordOf[agentNames[n] as AgentName]
      const result = await callers[n]?.callTool({ name: 'get_record', arguments: { id } })
      codes.push(Object(result).structuredContent?.code ?? 'ok')
    }
    expect(codes).toEqual(['ok', 'ok', 'ok', 'budget_exceeded', 'ok'])
    await Promise.all(callers.map((caller) => caller.close()))
  })
})

describe('a sealed round of MCP 2026-07-28', () => {
  const params = { name: 'release_record', arguments: { id: 'rec-0001' } }
  const canElicit = {
    capabilities: { elicitation: { form: {} } },
    inputRequired: { autoFulfill: false },
  }
  type Round = { requestState?: string; structuredContent?: Record<string, unknown> }

  it('is of the agent that asked: another one cannot open it, with the same keys', async () => {
    await using server = await serve({ clock: fastClock })
    const [one, other] = await Promise.all(
      [0, 1].map((caller) => http2026(server.url, server.headersOf(caller), canElicit)),
    )
    const send = (client: typeof one, more: object = {}): Promise<Round> => {
      const options = { allowInputRequired: true, timeout: 60_000 }
      return client?.callTool({ ...params, ...more }, options) as Promise<Round>
    }
    const { requestState } = await send(one)
    expect(requestState).toMatch(/^eyJ/)
    server.emulator.control.approve()
    await expect(send(other, { requestState })).rejects.toMatchObject({ code: -32602 })
    expect(await server.vaultCalls()).toEqual([])
    const done = await send(one, { requestState })
    expect(done.structuredContent).toMatchObject({ ok: true })
    expect(await server.vaultCalls()).toEqual([{ token: 'one', record: 'one' }])
    await Promise.all([one?.close(), other?.close()])
  })
})

describe('a caller that the program does not know', () => {
  it.each([
    ['lists tools', list],
    ['opens a session', initialize],
    [
      'calls a tool',
      {
        ...list,
        method: 'tools/call',
        params: { name: 'get_record', arguments: { id: 'rec-0001' } },
      },
    ],
  ])('is refused with 403 when it %s, and nobody acts for it', async (_what, message) => {
    await using server = await serve()
    const { status, text, session } = await server.raw(message, server.headersOf(STRANGER))
    expect([status, session]).toEqual([403, null])
    expect(JSON.parse(text)).toMatchObject({ error: 'caller_unknown' })
    expect(server.emulator.requests).toEqual([])
    expect(server.errors).toEqual([])
  })

  it('is not asked about before its token is verified', async () => {
    await using server = await serve()
    for (const headers of [{}, { authorization: 'Bearer x' }, { 'x-subject': 'one' }]) {
      expect((await server.raw(list, headers)).status).toBe(401)
    }
    expect(server.seen).toEqual([])
  })
})

describe('a function that is mistaken', () => {
  it.each<[string, () => unknown]>([
    ['returns the name of an agent', () => 'one'],
    ['returns half a client', () => ({ secureFetch: () => undefined })],
    ['returns a promise', async () => undefined],
    [
      'throws',
      () => {
        throw new Error('no client for a594430b')
      },
    ],
  ])('is told to the operator when it %s, and nobody acts', async (_what, clientOf) => {
    await using server = await serve({ clientOf: () => clientOf as ClientOfCaller })
    for (const message of [list, initialize]) {
      const { status, text } = await server.raw(message, server.headersOf(0))
      expect([status, JSON.parse(text).error]).toEqual([500, 'internal_error'])
      expect(text).not.toMatch(/a594430b|client/)
    }
    expect(server.errors).toHaveLength(2)
    expect(server.errors[0]).toMatchObject({ name: 'ConfigError' })
    expect(server.emulator.requests).toEqual([])
  })

  it('is told to the operator when a tool cannot work for this client', async () => {
    // The second agent has two resources, and the operation names none.
    await using server = await serve({ options: { operations: [record] } })
    const { status } = await server.raw(list, server.headersOf(1))
    expect([status, server.errors.length]).toEqual([500, 1])
    expect(server.errors[0]?.message).toMatch(/resource/)
    expect((await server.raw(list, server.headersOf(0))).status).toBe(200)
  })
})

describe('the handler with a function', () => {
  const clientOf: ClientOfCaller = () => undefined
  const publicUrl = 'https://mcp.example.com/mcp'

  it('needs callers that are verified', () => {
    const create = () => createAuthSecMcpHandler(clientOf, { publicUrl })
    expect(thrown(create)).toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/^`inbound` is missing, but `client` is a function/),
    })
  })

  it.each([
    [{ operations: [{ ...record, permisson: 'x' }] }, /did you mean "permission"/],
    [{ operations: [record, record] }, /Two tools have the name/],
    [{ secureFetch: { name: 'a b' } }, /is not allowed/],
  ])('finds mistakes of the tools at once: %#', (options, message) => {
    const verifier = createDelegationVerifier({
      authSecUrl: 'https://auth.example.com',
      tenantId: randomUUID(),
      audience: 'mcp',
    })
    const inbound = { authSecUrl: 'https://auth.example.com', verifier }
    const all = { publicUrl, inbound, ...(options as object) }
    expect(thrown(() => createAuthSecMcpHandler(clientOf, all)).message).toMatch(message)
  })

  it.each([[undefined], [null], ['x'], [{}]])('is no handler of %j', (client) => {
    const create = () => createAuthSecMcpHandler(client as never, { publicUrl })
    expect(thrown(create).message).toMatch(/client must be an AuthSec client/)
  })
})

describe('the session of a legacy client', () => {
  const ping = { jsonrpc: '2.0', id: 2, method: 'ping' }

  it('is of the caller who opened it: nobody else may use its ID', async () => {
    await using server = await serve()
    const opened = await server.raw(initialize, server.headersOf(0))
    const session = { 'mcp-session-id': opened.session ?? '' }
    expect((await server.raw(ping, { ...session, ...server.headersOf(1) })).status).toBe(404)
    expect((await server.raw(ping, { ...session, ...server.headersOf(STRANGER) })).status).toBe(403)
    expect((await server.raw(ping, session)).status).toBe(401)
    expect((await server.raw(ping, { ...session, ...server.headersOf(0) })).status).toBe(200)
  })

  it('ends when the program lets another agent act for its caller', async () => {
    let now: AgentName = 'one'
    await using server = await serve({ clientOf: (clients) => () => clients[now] })
    const opened = await server.raw(initialize, server.headersOf(0))
    const headers = { 'mcp-session-id': opened.session ?? '', ...server.headersOf(0) }
    expect((await server.raw(ping, headers)).status).toBe(200)
    now = 'other'
    expect((await server.raw(ping, headers)).status).toBe(404)
    now = 'one'
    expect((await server.raw(ping, headers)).status).toBe(200)
  })

  it('also of two callers for whom one agent acts, is of the one who opened it', async () => {
    await using server = await serve({
      clientOf:
        ({ one }) =>
        () =>
          one,
    })
    const opened = await server.raw(initialize, server.headersOf(0))
    const headers = { 'mcp-session-id': opened.session ?? '', ...server.headersOf(1) }
    expect((await server.raw(ping, headers)).status).toBe(404)
  })
})
