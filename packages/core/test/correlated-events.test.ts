import { randomBytes } from 'node:crypto'
import {
  createFakeClock,
  fastClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  startRecordingApi,
  testClient,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthSecEvent } from '../src/events.ts'
import { newCallId } from '../src/identity/call-id.ts'
import { createConsoleReporter } from '../src/reporter.ts'
import { fingerprint } from '../src/support/fingerprint.ts'
import { defineOperation } from '../src/tool/define-operation.ts'

const approver = 'approver@example.com'
const CALL_ID = /^call_[0-9a-f]{16}$/
const names = { tool: 'show', toolCallId: 'tc-1', run: 'run-1', user: 'ann', caller: 'bob' }

type Typed<Type extends AuthSecEvent['type']> = Extract<AuthSecEvent, { type: Type }>

function world() {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, users: [{ email: approver }] })
  const events: AuthSecEvent[] = []
  const client = inProcessClient(emulator, { clock, onEvent: (event) => void events.push(event) })
  const last = <Type extends AuthSecEvent['type']>(type: Type): Typed<Type> => {
    const found = events.findLast((event): event is Typed<Type> => event.type === type)
    if (!found) throw new Error(`There is no event ${type}.`)
    return found
  }
  return { clock, emulator, events, client, last }
}

describe('every event', () => {
  it('has its time, by the clock of the client, and the fingerprint of the client ID', async () => {
    const { clock, emulator, events, client } = world()
    await client.secureFetch({ endpoint: 'metrics' })
    await clock.advance(1_000)
    await rejection(client.secureFetch({ endpoint: '../x' }))
    expect(events.length).toBeGreaterThan(3)
    for (const event of events) {
      expect(event).toMatchObject({ client: fingerprint('cid', emulator.clientId) })
      expect(event.time).toBeInstanceOf(Date)
    }
    expect(events.at(-1)?.time.getTime()).toBe(clock.now())
  })
})

describe('the end of a call', () => {
  it('says who called what, with which token and permission', async () => {
    const { client, last } = world()
    await client.secureFetch({ endpoint: 'metrics', permission: 'metrics:read' }, names)
    const { fingerprint: token } = await client.getDelegationToken()
    expect(last('request.completed')).toMatchObject({
      ...names,
      callId: expect.stringMatching(CALL_ID),
      ...{ resource: 'vault', method: 'GET', route: 'metrics', permission: ['metrics:read'] },
      ...{ token, attempts: 1, status: 200, durationMs: expect.any(Number) },
    })
    expect(last('request.completed')).not.toHaveProperty('approval')
  })

  it('counts each request that was sent: retries, and what followed a 401', async () => {
    await using emulator = await testEmulator()
    const events: AuthSecEvent[] = []
    await using client = testClient(emulator, { onEvent: (event) => void events.push(event) })
    await client.getDelegationToken()
    emulator.control.failNext({ kind: 'status', status: 503 }, { path: /metrics/, times: 2 })
    await client.secureFetch({ endpoint: 'metrics' })
    emulator.control.delegate()
    emulator.control.failNext({ kind: 'status', status: 401 }, { path: /metrics/ })
    await client.secureFetch({ endpoint: 'metrics' })
    const streamed = await client.fetch(`${emulator.vaultUrl}metrics`)
    await streamed.text()
    const ends = events.filter(({ type }) => type === 'request.completed')
    expect(ends).toMatchObject([{ attempts: 3 }, { attempts: 2 }, { attempts: 1 }])
    expect(new Set(ends.map((event) => Object(event).callId)).size).toBe(3)
    expect(Object(ends[0]).token).not.toBe(Object(ends[1]).token)
  })

  it('hides the client ID in the SPIFFE ID of a caller, and cuts names that are long', async () => {
    const { client, last } = world()
    const id = 'a594430b-2bd4-4792-9666-63162ee858c5'
    const caller = `spiffe://example.com/agent/${id}`
    for (const name of [caller, caller.toUpperCase().replace('SPIFFE', 'spiffe')]) {
      await client.secureFetch({ endpoint: 'metrics' }, { caller: name, user: name })
      const event = last('request.completed')
      expect(`${event.caller}${event.user}`.toLowerCase()).not.toContain(id)
      expect(event.caller).toMatch(/cid_[0-9a-f]{8}$/)
    }
    await client.secureFetch({ endpoint: 'metrics' }, { user: id, toolCallId: 'x'.repeat(9_000) })
    expect(last('request.completed').user).toBe(id)
    expect(last('request.completed').toolCallId).toHaveLength(500)
  })

  it.each(['call_0', `${newCallId()}\r\nx: y`, 'x', ''])(
    'has an ID of ours where an adapter gives another one: %j',
    async (callId) => {
      const { client, last } = world()
      await client.secureFetch({ endpoint: 'metrics' }, { callId })
      expect(last('request.completed').callId).toMatch(CALL_ID)
      expect(last('request.completed').callId).not.toBe(callId)
    },
  )
})

describe('a call that a person approves', () => {
  const rule = { approver, message: 'Show the metrics?' }

  it('has one ID in all its events, who approved it and when, and no wait in its duration', async () => {
    const { clock, client, emulator, last } = world()
    const approval = { ...rule, timeoutMs: 100_000 }
    await client.getDelegationToken()
    const call = client.secureFetch(
      { endpoint: 'metrics', approval, permission: 'metrics:read' },
      names,
    )
    await clock.advance(100)
    await clock.advance(9_000)
    emulator.control.approve()
    await clock.advance(1_000)
    await call
    const { callId, durationMs, approval: given } = last('request.completed')
    const { code } = last('approval.started')
    const about = {
      resource: 'vault',
      method: 'GET',
      route: 'metrics',
      permission: ['metrics:read'],
    }
    for (const type of ['approval.started', 'approval.settled'] as const) {
      expect(last(type)).toMatchObject({ ...names, ...about, callId, code, approver })
    }
    expect(last('approval.settled')).toMatchObject({ outcome: 'approved' })
    expect(given).toMatchObject({ code, approver, decidedAt: expect.any(Date) })
    expect(given?.waitedMs).toBeGreaterThanOrEqual(9_000)
    expect(given?.decidedAt).toEqual(last('approval.settled').decidedAt)
    expect(durationMs).toBeLessThan(1_000)
  })

  it.each(['in this process', 'sealed'])('keeps its ID when it is carried on: %s', async (how) => {
    const { clock, client, emulator, events, last } = world()
    const approval = { ...rule, wait: 'suspend' } as const
    const { pending } = Object(
      await rejection(client.secureFetch({ endpoint: 'metrics', approval })),
    )
    const approved = how === 'sealed' ? await client.sealApproval(pending) : pending
    await rejection(client.secureFetch({ endpoint: 'metrics', approval, approved }))
    emulator.control.approve()
    await clock.advance(6_000)
    await client.secureFetch({ endpoint: 'metrics', approval, approved })
    const ids = events.map((event) => Object(event).callId).filter((id) => id !== undefined)
    expect(ids.length).toBeGreaterThanOrEqual(5)
    expect(new Set(ids).size).toBe(1)
    expect(last('request.completed').approval).toMatchObject({ approver, waitedMs: 6_000 })
  })

  it('keeps its ID in another process, which says who approved', async () => {
    const { clock, client, emulator, last } = world()
    const keys = [{ kid: 'k1', key: randomBytes(32) }]
    const approvals = { keys }
    const first = inProcessClient(emulator, { clock, approvals, onEvent: () => undefined })
    const approval = { ...rule, wait: 'suspend' } as const
    const error = Object(
      await rejection(first.secureFetch({ endpoint: 'metrics', approval }, names)),
    )
    const sealed = await first.sealApproval(error.pending)
    emulator.control.approve()
    const told: AuthSecEvent[] = []
    const second = inProcessClient(emulator, {
      // Another clock is another process: it shares no record of questions.
      ...{ clock: { ...clock }, approvals },
      onEvent: (event) => void told.push(event),
    })
    await second.secureFetch({ endpoint: 'metrics', approval, approved: sealed }, names)
    expect(told.at(-1)).toMatchObject({ type: 'request.completed', approval: { approver } })
    const settled = told.find(({ type }) => type === 'approval.settled')
    expect(Object(settled).callId).toBe(Object(told.at(-1)).callId)
    expect(client.mode).toBe('live')
    expect(() => last('request.completed')).toThrow()
  })

  it('that was denied says so under its own ID, and that nothing was sent', async () => {
    const { clock, client, emulator, last } = world()
    await client.getDelegationToken()
    const call = rejection(client.secureFetch({ endpoint: 'metrics', approval: rule }, names))
    await clock.advance(100)
    emulator.control.deny()
    await clock.advance(10_000)
    await call
    const { callId } = last('approval.started')
    expect(last('approval.settled')).toMatchObject({ callId, outcome: 'approval_denied', approver })
    expect(last('request.failed')).toMatchObject({ callId, code: 'approval_denied', attempts: 0 })
    expect(last('request.failed')).not.toHaveProperty('approval')
  })

  it('that is no call of an API has an ID, the names and the approver all the same', async () => {
    const { client, last } = world()
    await client.startApproval({ approver, message: 'Really?', tool: 'mail', user: 'ann' })
    const event = last('approval.started')
    expect(event).toMatchObject({ tool: 'mail', user: 'ann', approver })
    expect(event.callId).toMatch(CALL_ID)
    expect(event).not.toHaveProperty('resource')
  })
})

describe('a refused call', () => {
  it.each<[string, object, string, object]>([
    [
      'an unknown resource',
      { endpoint: 'x', resource: 'other' },
      'resource_unknown',
      { resource: 'unknown' },
    ],
    ['an endpoint outside', { endpoint: '../x' }, 'endpoint_refused', { route: '../x' }],
    [
      'another host',
      { endpoint: 'https://u:p@evil.test/a?t=1#f' },
      'endpoint_refused',
      { route: 'https://evil.test/a' },
    ],
    ['a method', { endpoint: 'x', method: 'DELETE' }, 'method_refused', { method: 'DELETE' }],
    [
      'a method that is none',
      { endpoint: 'x', method: 'BREW\nx' },
      'method_refused',
      { method: 'unknown' },
    ],
    ['a header', { endpoint: 'x', headers: { cookie: 'a' } }, 'header_refused', { route: 'x' }],
    ['a query', { endpoint: 'x', query: { a: Number.NaN } }, 'query_refused', { route: 'x' }],
    ['a body', { endpoint: 'x', body: 1 }, 'body_unsupported', { route: 'x' }],
    [
      'a permission',
      { endpoint: 'x', permission: 'no:such' },
      'permission_missing',
      { permission: ['no:such'] },
    ],
    [
      'no approver',
      { endpoint: 'x', approval: { message: 'x' } },
      'approval_required',
      { route: 'x' },
    ],
  ])(
    'is reported once, with its code, and nothing sent: %s',
    async (_what, request, code, more) => {
      const { client, events } = world()
      const error = await rejection(client.secureFetch(request as { endpoint: string }, names))
      const ends = events.filter(({ type }) => type.startsWith('request.'))
      expect([Object(error).code, ends.length]).toEqual([Object(ends[0]).code, 1])
      expect(ends[0]).toMatchObject({ type: 'request.failed', attempts: 0, ...names, ...more })
      if (code !== 'body_unsupported') expect(ends[0]).toMatchObject({ code })
    },
  )

  it.each<[string, string, RequestInit?]>([
    ['another host', 'https://evil.test/x?secret=1'],
    ['no URL', 'nonsense'],
    ['a method', 'https://emulator.test/secure-vault/x', { method: 'PUT' }],
  ])('of client.fetch is reported so, too: %s', async (_what, url, init) => {
    const { client, events } = world()
    await rejection(client.fetch(url, init))
    const ends = events.filter(({ type }) => type.startsWith('request.'))
    expect(ends).toMatchObject([{ type: 'request.failed', attempts: 0 }])
    expect(JSON.stringify(ends)).not.toContain('secret')
  })

  it('for a used up budget is reported with what it would have been', async () => {
    const { emulator, clock } = world()
    const events: AuthSecEvent[] = []
    const onEvent = (event: AuthSecEvent) => void events.push(event)
    const client = inProcessClient(emulator, { clock, onEvent, budget: { callsPerRun: 1 } })
    for (const call of [1, 2]) {
      const done = client.secureFetch(
        { endpoint: 'metrics', permission: 'metrics:read' },
        { run: 'r' },
      )
      await (call === 1 ? done : rejection(done))
    }
    expect(events.at(-1)).toMatchObject({
      ...{ type: 'request.failed', code: 'budget_exceeded', attempts: 0, run: 'r' },
      ...{ resource: 'vault', route: 'metrics', permission: ['metrics:read'] },
    })
  })

  it.each<[string, unknown]>([
    ['an unknown field', { endpoint: 'x', endpont: 'y' }],
    ['no request', undefined],
    ['a rule that cannot work', { endpoint: 'x', approval: { message: 7 } }],
  ])('for a mistake of the program is thrown and not reported: %s', async (_what, request) => {
    const { client, events } = world()
    const error = await rejection(client.secureFetch(request as { endpoint: string }))
    expect(error.name).toBe('ConfigError')
    expect(events.filter(({ type }) => type.startsWith('request.'))).toEqual([])
  })
})

describe('a tool', () => {
  const params = z.object({ id: z.string() })
  const operation = { name: 'show', description: 'x', path: 'records/{id}', params }

  it.each([{}, { id: 7 }, { id: 'x', more: 1 }, null, 'text'])(
    'reports arguments that do not fit, once, with its path: %j',
    async (input) => {
      const { client, events } = world()
      const tool = defineOperation(client, operation)
      const outcome = await tool.execute(input, { toolCallId: 'tc-1', run: 'r', user: 'ann' })
      expect(outcome).toMatchObject({ ok: false, code: 'invalid_input' })
      const ends = events.filter(({ type }) => type.startsWith('request.'))
      expect(ends).toMatchObject([
        { type: 'request.failed', code: 'invalid_input', attempts: 0, route: 'records/{id}' },
      ])
      expect(ends[0]).toMatchObject({ tool: 'show', toolCallId: 'tc-1', run: 'r', user: 'ann' })
    },
  )

  it('reports a refusal of `ask` once, and one of `plan` only where the call ends with it', async () => {
    const { client, events } = world()
    const rule = { approver, message: 'Show {id}?' }
    const tool = defineOperation(client, { ...operation, approval: rule, permission: 'no:such' })
    const ends = () => events.filter(({ type }) => type.startsWith('request.'))
    expect(await tool.plan({ id: 'x' })).toMatchObject({ status: 'refused' })
    expect(ends()).toEqual([])
    expect(await tool.ask({ id: 'x' })).toMatchObject({ status: 'refused' })
    expect(ends()).toMatchObject([{ code: 'permission_missing', permission: ['no:such'] }])
    await tool.plan({ id: 'x' }, { endsWithPlan: true })
    expect(ends()).toMatchObject([{}, { code: 'permission_missing', route: 'records/{id}' }])
  })

  it('reports a denial that `poll` learns, and not that nobody has answered', async () => {
    const { clock, client, emulator, events } = world()
    const tool = defineOperation(client, { ...operation, approval: { approver, message: 'Show?' } })
    const asked = await tool.ask({ id: 'x' }, { user: 'ann' })
    if (asked.status !== 'asked') throw new Error('Nobody was asked.')
    const context = { user: 'ann', approved: asked.pending }
    const ends = () => events.filter(({ type }) => type === 'request.failed')
    await tool.poll({ id: 'x' }, context)
    expect(ends()).toEqual([])
    emulator.control.deny()
    await clock.advance(6_000)
    await tool.poll({ id: 'x' }, context)
    expect(ends()).toMatchObject([{ code: 'approval_denied', attempts: 0, user: 'ann' }])
  })
})

describe('the header with the ID of a call', () => {
  it.each([
    [true, 'x-authsec-call-id'],
    ['X-Request-Id', 'x-request-id'],
  ] as const)('is sent where the resource says so: %s', async (callIdHeader, name) => {
    let answers = 0
    await using api = await startRecordingApi((response) => {
      answers += 1
      response
        .writeHead(answers === 1 ? 503 : 200, { 'content-type': 'application/json' })
        .end('{}')
    })
    await using emulator = await testEmulator()
    const events: AuthSecEvent[] = []
    await using client = testClient(emulator, {
      clock: fastClock,
      resources: [{ name: 'api', baseUrl: api.baseUrl, callIdHeader }],
      onEvent: (event) => void events.push(event),
    })
    await client.secureFetch({ endpoint: 'x' })
    await (await client.fetch(`${api.baseUrl}/y`)).text()
    const ids = events
      .filter(({ type }) => type === 'request.completed')
      .map((event) => Object(event).callId)
    const sent = api.requests.map(({ headers }) => headers[name])
    expect(sent).toEqual([ids[0], ids[0], ids[1]])
    for (const given of [name, name.toUpperCase()]) {
      const headers = { [given]: 'mine' }
      expect(await rejection(client.secureFetch({ endpoint: 'x', headers }))).toMatchObject({
        code: 'header_refused',
      })
      expect(await rejection(client.fetch(`${api.baseUrl}/y`, { headers }))).toMatchObject({
        code: 'header_refused',
      })
    }
  })

  it("is not sent unless it was asked for, and is the developer's to set then", async () => {
    await using api = await startRecordingApi()
    await using emulator = await testEmulator()
    for (const callIdHeader of [undefined, false]) {
      const resources = [{ baseUrl: api.baseUrl, ...(callIdHeader === false && { callIdHeader }) }]
      await using client = testClient(emulator, { resources })
      await client.secureFetch({ endpoint: 'x' })
      await client.secureFetch({ endpoint: 'x', headers: { 'x-authsec-call-id': 'mine' } })
    }
    const sent = api.requests.map(({ headers }) => headers['x-authsec-call-id'])
    expect(sent).toEqual([undefined, 'mine', undefined, 'mine'])
  })
})

describe('an ID of a call', () => {
  it('is another one each time', () => {
    const ids = Array.from({ length: 10_000 }, newCallId)
    watch('ids', ids.slice(0, 3))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => CALL_ID.test(id))).toBe(true)
  })
})

describe('the console reporter', () => {
  it('says what a question is about, and of a refused call that nothing was sent and what it needs', async () => {
    const lines: string[] = []
    const report = createConsoleReporter({ write: (line) => void lines.push(line), color: false })
    const emulator = inProcessEmulator({ users: [{ email: approver }] })
    const client = inProcessClient(emulator, { onEvent: report })
    const approval = { approver, message: 'Show?', wait: 'suspend' } as const
    await rejection(client.secureFetch({ endpoint: 'metrics', approval }))
    await rejection(client.secureFetch({ endpoint: 'metrics', permission: 'no:such' }))
    await client.startApproval({
      approver,
      message: 'Mail?',
      tool: 'send\nmail',
      limits: { openPerApprover: 2 },
    })
    const text = lines.join('\n')
    watch('lines', text)
    expect(text).toMatch(/Asked for approval of GET vault metrics, code \w{6}\./)
    expect(text).toContain('GET vault metrics: permission_missing, nothing was sent')
    expect(text).toMatch(/Needs\s+: no:such/)
    expect(text).toMatch(/Asked for approval of send mail, code/)
    expect(text).not.toContain(approver)
  })
})

describe('a call that its caller gives up', () => {
  it.each<[string, unknown, string]>([
    ['no reason', undefined, 'aborted'],
    ['a time', new DOMException('late', 'TimeoutError'), 'aborted'],
    ['an error', new Error('enough'), 'unexpected'],
    [
      'an error whose code is a text of the program',
      Object.assign(new Error('x'), { code: 'a secret' }),
      'unexpected',
    ],
    ['an object', { code: 'a secret' }, 'unexpected'],
    ['a text', 'a secret', 'unexpected'],
  ])('is told with a code of ours, whatever the reason: %s', async (_what, reason, code) => {
    const { client, events } = world()
    await client.getDelegationToken()
    const controller = new AbortController()
    const call = client.secureFetch({ endpoint: 'metrics', signal: controller.signal })
    controller.abort(reason)
    await call.catch(() => undefined)
    const ends = events.filter(({ type }) => type === 'request.failed')
    expect(ends).toMatchObject([{ code }])
    expect(JSON.stringify(ends)).not.toContain('secret')
  })
})
