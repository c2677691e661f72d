import type { ApprovalRule, AuthSecClientOptions, Clock } from '@authsec/core'
import { createMemoryStore } from '@authsec/core/store'
import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
} from '@authsec-internal/test-kit'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createMcpHandler, type McpServerFactory } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { createAuthSecMcpServerFactory } from '../src/index.ts'
import { connect2025, connect2026 } from './support/clients.ts'
import { record, releasedRecord } from './support/vault.ts'

const keys = [{ kid: 'k1', key: new Uint8Array(32).map((_, index) => index) }]
const canElicit = { capabilities: { elicitation: { form: {} } } }
const params = { name: 'release_record', arguments: { id: 'rec-0001' } }
const URL_OF_SERVER = new URL('http://127.0.0.1:7400/mcp')

interface Result {
  requestState?: string
  resultType?: string
  structuredContent?: Record<string, unknown>
}

/** One AuthSec server and as many processes as are opened: what a process keeps in memory belongs to its clock. */
async function setUp({
  timeoutMs = 120_000,
  rule,
}: {
  timeoutMs?: number
  rule?: Partial<ApprovalRule>
} = {}) {
  const clock = createFakeClock(Date.now())
  const emulator = inProcessEmulator({ clock })
  const store = createMemoryStore({ clock })
  const approval = { ...releasedRecord.approval, message: 'Show {id}?', timeoutMs, ...rule }
  async function open(options: Partial<AuthSecClientOptions> = {}): Promise<McpServerFactory> {
    const { now, monotonic, setTimeout } = clock
    const own: Clock = { now, monotonic, setTimeout }
    const approvals = { keys, queuedPerApprover: 0 }
    const client = inProcessClient(emulator, { clock: own, store, approvals, ...options })
    await client.getDelegationToken()
    const operations = [record, { ...releasedRecord, approval }]
    return createAuthSecMcpServerFactory(client, { operations, clock: own })
  }
  return {
    ...{ clock, emulator, open },
    executions: () => emulator.requests.filter(({ path }) => path.includes('records')).length,
    pushes: () => emulator.control.approvals().length,
  }
}

/** A client over HTTP whose token was verified: the caller is `subject`, or nobody in particular. */
async function connectAs(factory: McpServerFactory, subject: string | undefined): Promise<Client> {
  const handler = createMcpHandler(factory)
  const authInfo = subject === undefined ? undefined : { token: '', clientId: subject, scopes: [] }
  const fetch = (url: string | URL, init?: RequestInit): Promise<Response> =>
    handler.fetch(new Request(url, init), authInfo && { authInfo })
  const info = { name: 'test', version: '1' }
  const client = new Client(info, { versionNegotiation: { mode: 'auto' }, ...canElicit })
  await client.connect(new StreamableHTTPClientTransport(URL_OF_SERVER, { fetch }))
  return client
}

function send(client: Client, more: object = {}): Promise<Result> {
  const request = { ...params, ...more }
  return client.callTool(request, { allowInputRequired: true, timeout: 600_000 }) as Promise<Result>
}

/** Advances the clock until there is a result. */
async function passing<T>(clock: FakeClock, result: Promise<T>): Promise<T> {
  let isDone = false
  const done = (): void => {
    isDone = true
  }
  result.then(done, done)
  while (!isDone) {
    await clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return result
}

describe('the state of a caller', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['another subject', 'spiffe://a.test/ann', 'spiffe://a.test/ben'],
    ['nobody in particular', 'spiffe://a.test/ann', undefined],
    ['a subject, when its own caller was not verified', undefined, 'spiffe://a.test/ann'],
    [
      'a subject that differs in the case of a letter',
      'spiffe://a.test/ann',
      'spiffe://a.test/Ann',
    ],
    ['a subject with a space at its end', 'spiffe://a.test/ann', 'spiffe://a.test/ann '],
  ])('is no use to %s, in its own process and in another one', async (_what, owner, thief) => {
    const { emulator, open, executions, pushes } = await setUp()
    const factories = [await open(), await open()]
    const [first = expect.fail()] = factories
    const own = await connectAs(first, owner)
    const { requestState } = await send(own)
    emulator.control.approve()
    const inputResponses = { approval: { action: 'decline' } }
    for (const factory of factories) {
      const other = await connectAs(factory, thief)
      expect((await send(other, { requestState })).structuredContent).toMatchObject({
        code: 'approval_mismatch',
      })
      await send(other, { requestState, inputResponses })
    }
    expect(executions()).toBe(0)
    // Its owner is not disturbed.
    const elsewhere = await connectAs(factories[1] ?? expect.fail(), owner)
    const done = await send(elsewhere, { requestState })
    expect(done.structuredContent).toMatchObject({ ok: true })
    expect([executions(), pushes()]).toEqual([1, 1])
  })

  it('is another one for each caller who makes the same call', async () => {
    const { open, pushes } = await setUp()
    const approvals = { keys, openPerApprover: 5, unapprovedPerWindow: 5 }
    const factory = await open({ approvals })
    for (const subject of ['ann', 'ben', 'ann', undefined]) {
      await send(await connectAs(factory, subject))
    }
    expect(pushes()).toBe(3)
  })

  it('from before the time of the rule was up is refused after it, in every process', async () => {
    const { clock, emulator, open, executions } = await setUp({ timeoutMs: 60_000 })
    const factories = [await open(), await open()]
    const clients = await Promise.all(factories.map((one) => connectAs(one, 'ann')))
    const { requestState } = await send(clients[0] ?? expect.fail())
    await clock.advance(59_000)
    const [, second = expect.fail()] = clients
    const waiting = await passing(clock, send(second, { requestState }))
    expect(waiting.structuredContent).toMatchObject({ code: 'approval_timeout' })
    emulator.control.approve()
    for (const [seconds, code] of [
      [5, 'approval_timeout'],
      [120, 'approval_expired'],
      [1_800, 'approval_expired'],
    ] as const) {
      await clock.advance(seconds * 1_000)
      for (const client of clients) {
        expect((await send(client, { requestState })).structuredContent).toMatchObject({ code })
      }
    }
    expect(executions()).toBe(0)
  })

  it('works again after the connection of a request broke between two others', async () => {
    const { clock, emulator, open, executions, pushes } = await setUp()
    const client = await connectAs(await open(), 'ann')
    const { requestState } = await send(client)
    const abort = new AbortController()
    const options = { allowInputRequired: true, signal: abort.signal }
    const request = { ...params, requestState }
    const broken = client.callTool(request, options)
    await clock.advance(6_000)
    abort.abort()
    await expect(broken).rejects.toThrow()
    const waiting = await passing(clock, send(client, { requestState }))
    expect(waiting.resultType).toBe('input_required')
    emulator.control.approve()
    const next = { requestState: waiting.requestState }
    expect((await passing(clock, send(client, next))).structuredContent).toMatchObject({ ok: true })
    expect([executions(), pushes()]).toEqual([1, 1])
  })

  it('of an older round works as well as the newest one, and both of them once', async () => {
    const { clock, emulator, open, executions } = await setUp()
    const factories = [await open(), await open()]
    const [first = expect.fail(), second = expect.fail()] = await Promise.all(
      factories.map((one) => connectAs(one, 'ann')),
    )
    const states = [(await send(first)).requestState]
    for (const client of [second, first]) {
      const requestState = states.at(-1)
      states.push((await passing(clock, send(client, { requestState }))).requestState)
    }
    expect(new Set(states).size).toBe(3)
    emulator.control.approve()
    const done = await passing(clock, send(second, { requestState: states[0] }))
    expect(done.structuredContent).toMatchObject({ ok: true })
    for (const requestState of states) {
      const again = await passing(clock, send(first, { requestState }))
      expect(again.structuredContent).toMatchObject({ code: 'approval_used' })
    }
    expect(executions()).toBe(1)
  })

  it.each([
    ['does not answer', { kind: 'drop_after_handling' }],
    ['answers with 503', { kind: 'status', status: 503 }],
    ['answers with 500', { kind: 'status', status: 500 }],
  ] as const)('survives a poll that %s', async (_what, fault) => {
    const { clock, emulator, open, executions } = await setUp()
    const client = await connectAs(await open(), 'ann')
    const { requestState } = await send(client)
    emulator.control.failNext(fault, { path: /ciba\/token$/ })
    const waiting = await passing(clock, send(client, { requestState }))
    emulator.control.approve()
    const next = { requestState: waiting.requestState ?? requestState }
    expect((await passing(clock, send(client, next))).structuredContent).toMatchObject({ ok: true })
    expect(executions()).toBe(1)
  })
})

describe.each(['2026', '2025'])('the progress of a client of %s', (year) => {
  async function call(factory: McpServerFactory, heard: string[], abort: AbortController) {
    const options = {
      onprogress: ({ message = '' }: { message?: string | undefined }) => void heard.push(message),
      allowInputRequired: true,
      signal: abort.signal,
      timeout: 600_000,
    }
    const near = year === '2026' ? await connect2026(factory) : await connect2025(factory)
    const { client } = near
    const result: Promise<unknown> =
      client instanceof Client
        ? client.callTool(params, options)
        : client.callTool(params, undefined, options)
    result.catch(() => undefined)
    return { result, near }
  }

  it.each([
    ['approve', /^A person approved this call \([2-9A-Z]{6}\): approved\.$/],
    ['deny', /^A person denied this call \([2-9A-Z]{6}\): denied\.$/],
  ] as const)(
    'says that the person was asked within 100 ms, and then how it ended: %s',
    async (decision, last) => {
      const { clock, emulator, open, pushes } = await setUp()
      const heard: string[] = []
      const { result, near } = await call(await open(), heard, new AbortController())
      await vi.waitFor(() => expect(pushes()).toBe(1), { interval: 1 })
      const pushedAt = performance.now()
      await vi.waitFor(() => expect(heard[1]).toMatch(/\([2-9A-Z]{6}\): pending\.$/), {
        interval: 1,
      })
      expect(performance.now() - pushedAt).toBeLessThan(100)
      const [, code = ''] = /\((\w+)\)/.exec(heard[1] ?? '') ?? []
      expect(emulator.control.approvals()[0]?.bindingMessage).toContain(code)
      emulator.control[decision]()
      await passing(clock, result)
      expect(heard.at(-1)).toMatch(last)
      expect(heard.join()).not.toContain('approver@example.com')
      await near[Symbol.asyncDispose]()
    },
  )

  it('says that nobody answered in time', async () => {
    const { clock, open, pushes } = await setUp({ timeoutMs: 15_000 })
    const heard: string[] = []
    const { result, near } = await call(await open(), heard, new AbortController())
    await vi.waitFor(() => expect(pushes()).toBe(1))
    const { structuredContent } = Object(await passing(clock, result))
    expect(structuredContent).toMatchObject({ code: 'approval_timeout' })
    expect(heard.at(-1)).toMatch(/^Nobody approved this call in time \([2-9A-Z]{6}\): expired\.$/)
    await near[Symbol.asyncDispose]()
  })
})

describe('one client of 2025 with three calls at once', () => {
  it('has one executed, one denied and one that needs nobody, each as it should be', async () => {
    const { clock, emulator, open, executions } = await setUp()
    const approvals = { keys, openPerApprover: 5 }
    const near = await connect2025(await open({ approvals }))
    const ask = (id: string): Promise<unknown> =>
      near.client.callTool({ name: 'release_record', arguments: { id } })
    const all = [
      ask('rec-0001'),
      ask('rec-0002'),
      near.client.callTool({ name: 'get_record', arguments: { id: 'rec-0003' } }),
    ]
    await vi.waitFor(() => expect(emulator.control.approvals()).toHaveLength(2))
    const idOf = (record: string): string | undefined =>
      emulator.control.approvals().find(({ bindingMessage }) => bindingMessage.includes(record))
        ?.authReqId
    emulator.control.approve(idOf('rec-0001'))
    emulator.control.deny(idOf('rec-0002'))
    const contents = (await passing(clock, Promise.all(all))).map(
      (result) => Object(result).structuredContent,
    )
    expect(contents).toMatchObject([
      { ok: true, data: { id: 'rec-0001' } },
      { ok: false, code: 'approval_denied' },
      { ok: true, data: { id: 'rec-0003' } },
    ])
    expect(executions()).toBe(2)
    await near[Symbol.asyncDispose]()
  })
})

describe.each(['2026', '2025'])('a rule of the Agent Action Guard, for a client of %s', (year) => {
  const risky = { channel: 'action-guard', risk: { pii: true, financial: true } } as const
  const harmless = { channel: 'action-guard' } as const

  async function call(factory: McpServerFactory): Promise<Result> {
    if (year === '2026') return send(await connectAs(factory, undefined))
    const { client } = await connect2025(factory)
    return (await client.callTool(params, undefined, { timeout: 600_000 })) as Result
  }

  it('sends a call that is rated as harmless at once', async () => {
    const { clock, emulator, open, executions } = await setUp({ rule: harmless })
    const factory = await open({ apiToken: await emulator.control.userToken() })
    const done = await passing(clock, call(factory))
    expect(done.structuredContent).toMatchObject({ ok: true })
    expect(executions()).toBe(1)
  })

  it('sends a call that is rated as risky when a person approved it, once', async () => {
    const { clock, emulator, open, executions, pushes } = await setUp({ rule: risky })
    const apiToken = await emulator.control.userToken()
    const factories = [await open({ apiToken }), await open({ apiToken })]
    const [factory = expect.fail(), another = expect.fail()] = factories
    const calling = call(factory)
    await vi.waitFor(() => expect(pushes()).toBe(1))
    const isPending = (): boolean => emulator.control.approvals()[0]?.status === 'pending'
    const first = year === '2026' ? await calling : undefined
    expect(executions()).toBe(0)
    while (isPending()) emulator.control.approve()
    if (!first) {
      const done = await passing(clock, calling)
      expect(done.structuredContent).toMatchObject({ ok: true })
    } else {
      const { requestState } = first
      const client = await connectAs(another, undefined)
      const codes = []
      for (let count = 0; count < 3; count += 1) {
        const { structuredContent } = await passing(clock, send(client, { requestState }))
        codes.push(structuredContent?.['code'] ?? 'ok')
      }
      // The server tells of this approval again and again; the claim makes it work once.
      expect(codes).toEqual(['ok', 'approval_used', 'approval_used'])
    }
    expect(executions()).toBe(1)
  })

  it('asks nobody without the session of a user, and says so', async () => {
    const { open, executions, pushes } = await setUp({ rule: risky })
    const refused = await call(await open())
    expect(refused.structuredContent).toMatchObject({ ok: false, code: 'session_required' })
    expect([executions(), pushes()]).toEqual([0, 0])
  })
})
