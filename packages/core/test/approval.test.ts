import type { ApprovalScript, EmulatorHandler, EmulatorOptions } from '@authsec/emulator'
import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  thrown,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { ApprovalError } from '../src/errors.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { defineOperation } from '../src/tool.ts'

const APPROVER = 'approver@example.com'

interface Bench {
  clock: FakeClock
  emulator: EmulatorHandler
  client: AuthSecClient
  events: AuthSecEvent[]
  polls(): number[]
}

function bench(options: Partial<AuthSecClientOptions> = {}, server: EmulatorOptions = {}): Bench {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, ...server })
  const events: AuthSecEvent[] = []
  const client = inProcessClient(emulator, {
    clock,
    async fetch(input, init) {
      inFlight += 1
      try {
        return await emulator.fetch(new Request(input, init))
      } finally {
        inFlight -= 1
      }
    },
    ciba: { loginHint: APPROVER },
    onEvent: (event) => events.push(event),
    ...options,
  })
  const polls = (): number[] =>
    emulator.requests.filter(({ path }) => path.endsWith('/ciba/token')).map(({ at }) => at / 1000)
  return { clock, emulator, client, events, polls }
}

/** Requests that the emulators of this file are answering. Their cryptography takes real time. */
let inFlight = 0

const realMillisecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

/** Lets time pass, a second at a time, until the promise is settled; not while a request is being answered, unless it hangs. */
async function passing<T>(clock: FakeClock, work: Promise<T>, seconds = 400): Promise<T> {
  let isSettled = false
  const settled = work.finally(() => {
    isSettled = true
  })
  settled.catch(() => undefined)
  for (let second = 0; second < seconds && !isSettled; second++) {
    await realMillisecond()
    for (let wait = 0; wait < 20 && inFlight > 0; wait++) await realMillisecond()
    if (!isSettled) await clock.advance(1_000)
  }
  return settled
}

const question = { message: 'Delete customer {id}?', values: { id: 42 }, action: { delete: 42 } }

describe.each<
  [string, (emulator: EmulatorHandler) => Partial<AuthSecClientOptions>, EmulatorOptions]
>([
  ['the admin flow', () => ({ ciba: { loginHint: APPROVER } }), {}],
  [
    'the tenant flow',
    ({ cibaClientId }) => ({ ciba: { loginHint: APPROVER, clientId: cibaClientId } }),
    {},
  ],
  [
    'the workspace flow',
    ({ cibaClientId: clientId, cibaClientSecret: clientSecret }) => ({
      ciba: { loginHint: APPROVER, clientId, clientSecret },
    }),
    { profile: 'workspace' },
  ],
])('%s', (_flow, configure, server) => {
  function flow(): Bench {
    const clock = createFakeClock()
    const emulator = inProcessEmulator({ clock, ...server })
    const events: AuthSecEvent[] = []
    const onEvent = (event: AuthSecEvent): void => void events.push(event)
    const client = inProcessClient(emulator, { clock, onEvent, ...configure(emulator) })
    return { clock, emulator, client, events, polls: () => [] }
  }

  it('asks, waits and brings a yes that is bound to the action', async () => {
    const { client, clock, emulator, events } = flow()
    emulator.control.scriptApproval({ approveAfterPolls: 2 })
    const approval = await passing(clock, client.requestApproval(question))
    expect(approval.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(approval.accessToken).toMatch(/^eyJ/)
    watch('an approval', approval)
    const [asked] = emulator.control.approvals()
    expect(asked).toMatchObject({
      user: APPROVER,
      bindingMessage: `Delete customer "42"? [${approval.code}]`,
    })
    expect(events.map(({ type }) => type)).toEqual([
      'client.created',
      'approval.started',
      'approval.settled',
    ])
  })

  it.each<[string, ApprovalScript, string]>([
    ['a no', 'deny', 'approval_denied'],
    ['silence', 'never', 'approval_timeout'],
    ['an answer lost after it was collected', 'consume_then_drop', 'approval_outcome_unknown'],
  ])('tells %s apart', async (_what, script, code) => {
    const { client, clock, emulator } = flow()
    emulator.control.scriptApproval(script)
    const error = await rejection(passing(clock, client.requestApproval(question)))
    expect(ApprovalError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(/nothing was done/)
    expect(clock.pending).toBe(0)
  })

  it('tells an expiry apart when it may wait longer than the server', async () => {
    const { client, clock, emulator } = flow()
    emulator.control.scriptApproval('never')
    const work = client.requestApproval({ ...question, timeoutMs: 900_000 })
    expect(await rejection(passing(clock, work))).toMatchObject({ code: 'approval_expired' })
  })

  it('names an approver who is unknown or has no device', async () => {
    const { client, emulator } = flow()
    const ask = (approver: string): Promise<Error> =>
      rejection(client.requestApproval({ ...question, approver }))
    expect(await ask('nobody@example.com')).toMatchObject({ code: 'approver_not_found' })
    expect(await ask('nodevice@example.com')).toMatchObject({ code: 'approver_has_no_device' })
    expect(emulator.control.approvals()).toEqual([])
  })

  it('can be started here and collected elsewhere', async () => {
    const { client, emulator } = flow()
    const pending = await client.startApproval(question)
    const stored = await client.sealApproval(pending)
    expect(await client.pollApproval(stored)).toMatchObject({ status: 'pending' })
    emulator.control.approve()
    const result = await client.pollApproval(stored)
    expect(result).toMatchObject({ status: 'approved', approval: { digest: pending.digest } })
    expect(await rejection(client.pollApproval(stored))).toMatchObject({ code: 'approval_expired' })
  })
})

describe('an answer by somebody else', () => {
  const users = [{ email: 'Approver@Example.com' }, { email: 'intern@example.com' }]

  /** A server that pushes the question to another user than the one that was named. */
  function misdirected(): Bench {
    const all: Bench = bench(
      {
        async fetch(input, init) {
          const body = String(init?.body).replaceAll(APPROVER, 'intern@example.com')
          return all.emulator.fetch(new Request(input, { ...init, body }))
        },
      },
      { users },
    )
    return all
  }

  it('is no approval, however it is collected', async () => {
    const waiting = misdirected()
    waiting.emulator.control.scriptApproval('approve')
    const error = await rejection(passing(waiting.clock, waiting.client.requestApproval(question)))
    expect(error).toMatchObject({ name: 'ApprovalError', code: 'approver_mismatch' })
    const { client, emulator, events } = misdirected()
    emulator.control.scriptApproval('approve')
    const pending = await client.startApproval(question)
    expect(await rejection(client.pollApproval(pending))).toMatchObject({
      code: 'approver_mismatch',
    })
    expect(events.at(-1)).toMatchObject({ outcome: 'approver_mismatch' })
  })

  it('is not assumed of an approver whose address is written in another way', async () => {
    const { client, clock, emulator } = bench({}, { users })
    emulator.control.scriptApproval('approve')
    const ask = client.requestApproval({ ...question, approver: ' APPROVER@example.com' })
    expect(await passing(clock, ask)).toHaveProperty('digest')
  })
})

describe('polling', () => {
  it('waits the interval, and 5 s longer after each slow_down and 429', async () => {
    const { client, clock, emulator, polls } = bench()
    emulator.control.scriptApproval({ approveAfterPolls: 3 })
    const work = client.requestApproval(question)
    while (polls().length < 2) await clock.advance(1_000)
    const path = /ciba\/token$/
    emulator.control.failNext(
      { kind: 'status', status: 400, body: { error: 'slow_down' } },
      { path },
    )
    emulator.control.failNext({ kind: 'status', status: 429 }, { path })
    await passing(clock, work)
    const times = polls()
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(gaps).toEqual([5, 5, 10, 15, 15])
  })

  it('survives answers that get lost, and gives up after three in a row', async () => {
    const path = /ciba\/token$/
    const patient = bench()
    patient.emulator.control.scriptApproval('approve')
    patient.emulator.control.failNext({ kind: 'status', status: 502 }, { path, times: 2 })
    await passing(patient.clock, patient.client.requestApproval(question))
    const broken = bench()
    broken.emulator.control.failNext({ kind: 'reset' }, { path, times: 5 })
    const error = await rejection(passing(broken.clock, broken.client.requestApproval(question)))
    expect(error).toMatchObject({ code: 'approval_outcome_unknown' })
    expect(broken.polls()).toHaveLength(3)
  })

  it('asks once more just before the end', async () => {
    const { client, clock, emulator, polls } = bench()
    emulator.control.scriptApproval('never')
    const work = rejection(client.requestApproval({ ...question, timeoutMs: 12_500 }))
    await passing(clock, work)
    const start = emulator.requests.find(({ path }) => path.endsWith('initiate'))?.at ?? 0
    const last = (polls().at(-1) ?? 0) - start / 1000
    expect(last).toBeGreaterThan(11.4)
    expect(last).toBeLessThan(12.5)
  })

  it('stops at once when the caller aborts, and leaves no timer', async () => {
    const { client, clock, emulator, events } = bench()
    emulator.control.scriptApproval('never')
    const controller = new AbortController()
    const work = rejection(client.requestApproval({ ...question, signal: controller.signal }))
    await clock.advance(7_000)
    controller.abort(new Error('no longer needed'))
    expect((await work).message).toBe('no longer needed')
    expect(clock.pending).toBe(0)
    expect(events.at(-1)).toMatchObject({ type: 'approval.settled', outcome: 'cancelled' })
  })

  it.each([
    ['the server breaks', { kind: 'status', status: 500 } as const],
    ['the answer is lost', { kind: 'drop_after_handling' } as const],
  ])('never begins when %s: the question is put once', async (_what, fault) => {
    const { client, clock, emulator } = bench()
    emulator.control.failNext(fault, { path: /initiate$/ })
    const error = await rejection(passing(clock, client.requestApproval(question)))
    expect(error).toMatchObject({ code: 'approval_outcome_unknown' })
    expect(emulator.requests.filter(({ path }) => path.endsWith('initiate'))).toHaveLength(1)
  })
})

describe('an approver', () => {
  const atOnce = { approvals: { queuedPerApprover: 0 } }

  it('is asked one thing at a time', async () => {
    const { client, clock, emulator } = bench(atOnce)
    emulator.control.scriptApproval({ approveAfterPolls: 1 })
    const first = client.requestApproval(question)
    const others = await Promise.all(
      Array.from({ length: 9 }, () => rejection(client.requestApproval(question))),
    )
    expect(others.every((error) => 'code' in error && error.code === 'approval_rate_limited')).toBe(
      true,
    )
    await passing(clock, first)
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('is left alone for a minute after a no, and says no three times in ten minutes at most', async () => {
    const { client, clock, emulator } = bench(atOnce)
    emulator.control.scriptApproval('deny', 'approve', 'deny', 'deny', 'approve')
    expect(await rejection(passing(clock, client.requestApproval(question)))).toMatchObject({
      code: 'approval_denied',
    })
    expect(await rejection(client.requestApproval(question))).toMatchObject({
      code: 'approval_rate_limited',
    })
    await clock.advance(61_000)
    await passing(clock, client.requestApproval(question))
    for (let count = 0; count < 2; count++) {
      await rejection(passing(clock, client.requestApproval(question)))
      await clock.advance(61_000)
    }
    expect(await rejection(client.requestApproval(question))).toMatchObject({
      code: 'approval_rate_limited',
    })
    await clock.advance(600_000)
    await passing(clock, client.requestApproval(question))
  })

  it('is protected as well where the question is started here and polled elsewhere', async () => {
    const { client, clock, emulator, events } = bench(atOnce)
    emulator.control.scriptApproval('deny', 'approve')
    const pending = await client.startApproval(question)
    expect(await rejection(client.startApproval(question))).toMatchObject({
      code: 'approval_rate_limited',
    })
    expect(await rejection(client.pollApproval(pending))).toMatchObject({ code: 'approval_denied' })
    expect(events.at(-1)).toMatchObject({ type: 'approval.settled', outcome: 'approval_denied' })
    expect(await rejection(client.startApproval(question))).toMatchObject({
      code: 'approval_rate_limited',
    })
    await clock.advance(61_000)
    expect(await client.startApproval(question)).toHaveProperty('authReqId')
    expect(emulator.control.approvals()).toHaveLength(2)
  })

  it('may be asked again when a question that nobody collected has run out', async () => {
    const { client, clock } = bench(atOnce)
    await client.startApproval(question)
    await clock.advance(300_000)
    expect(await rejection(client.startApproval(question))).toMatchObject({
      code: 'approval_rate_limited',
    })
    await clock.advance(46_000)
    expect(await client.startApproval(question)).toHaveProperty('authReqId')
  })

  it('must be named by the developer', async () => {
    const { client } = bench({ ciba: {} })
    expect(await rejection(client.requestApproval(question))).toMatchObject({
      code: 'approval_required',
      hint: expect.stringMatching(/ciba\.loginHint/),
    })
  })
})

describe('a call that needs approval', () => {
  const vault = { name: 'vault', baseUrl: 'https://emulator.test/secure-vault/' }
  const rule = { message: 'Read {endpoint}?' }
  const sent = ({ emulator }: Bench): number =>
    emulator.requests.filter(({ path }) => path.startsWith('/secure-vault/')).length

  /** With the token in hand: making the emulator's key takes real time, which the clock does not know. */
  async function ready(options: Partial<AuthSecClientOptions> = {}): Promise<Bench> {
    const all = bench(options)
    await all.client.getDelegationToken()
    return all
  }

  it('is sent once after the yes, and not at all after anything else', async () => {
    const outcomes: [ApprovalScript, number][] = [
      ['approve', 1],
      ['deny', 0],
      ['never', 0],
      ['consume_then_drop', 0],
    ]
    for (const [script, calls] of outcomes) {
      const all = await ready()
      all.emulator.control.scriptApproval(script)
      const work = all.client.secureFetch({ endpoint: 'metrics', approval: rule })
      const outcome = await passing(all.clock, work).catch((error: unknown) => error)
      expect(ApprovalError.isInstance(outcome)).toBe(calls === 0)
      expect(sent(all)).toBe(calls)
    }
  })

  it('asks anew for every execution', async () => {
    const all = await ready()
    all.emulator.control.scriptApproval('approve', 'approve')
    const request = { endpoint: 'metrics', approval: rule }
    await passing(all.clock, all.client.secureFetch(request))
    await passing(all.clock, all.client.secureFetch(request))
    expect(all.emulator.control.approvals()).toHaveLength(2)
    expect(sent(all)).toBe(2)
  })

  it('is checked for its permission before anybody is asked', async () => {
    const all = await ready()
    const work = all.client.secureFetch({
      endpoint: 'metrics',
      approval: rule,
      permission: 'vault:admin',
    })
    expect(await rejection(work)).toMatchObject({ code: 'permission_missing' })
    expect(all.emulator.control.approvals()).toEqual([])
  })

  it('executes what was approved, although the caller’s objects change meanwhile', async () => {
    const all = await ready()
    all.emulator.control.scriptApproval({ approveAfterPolls: 1 })
    const query: Record<string, string> = { clearance: 'internal' }
    const request = { endpoint: 'records', query, approval: rule }
    const work = all.client.secureFetch(request)
    query['clearance'] = 'restricted'
    request.endpoint = 'metrics'
    await passing(all.clock, work)
    const call = all.emulator.requests.find(({ path }) => path.startsWith('/secure-vault/'))
    expect(call).toMatchObject({ path: '/secure-vault/records', query: { clearance: 'internal' } })
  })

  it('is not repeated when its answer is lost', async () => {
    const all = await ready()
    all.emulator.control.scriptApproval('approve')
    all.emulator.control.failNext(
      { kind: 'drop_after_handling' },
      { path: '/secure-vault/metrics' },
    )
    const work = all.client.secureFetch({ endpoint: 'metrics', approval: rule })
    expect(await rejection(passing(all.clock, work))).toMatchObject({ code: 'network_error' })
    expect(sent(all)).toBe(1)
  })

  it('is what a resource says of everything that changes something, by fetch too', async () => {
    const all = await ready({
      resources: [
        { ...vault, methods: ['GET', 'POST'], approval: { message: '{method} {route}?' } },
      ],
    })
    all.emulator.control.scriptApproval('deny')
    await all.client.secureFetch({ endpoint: 'metrics' })
    const work = all.client.fetch(`${vault.baseUrl}metrics`, { method: 'POST', body: '{}' })
    expect(await rejection(passing(all.clock, work))).toMatchObject({ code: 'approval_denied' })
    expect(all.emulator.control.approvals()).toMatchObject([
      { bindingMessage: expect.stringMatching(/^"POST" "metrics"\? \[\w{6}\]$/) },
    ])
    expect(sent(all)).toBe(1)
  })

  it('is what `when` picks', async () => {
    const when = ({ values }: { values: Readonly<Record<string, unknown>> }): boolean =>
      values['clearance'] === 'restricted'
    const all = await ready()
    const approval = { message: 'Read {clearance} records?', when }
    const read = (clearance: string): Promise<unknown> =>
      all.client.secureFetch({ endpoint: 'records', query: { clearance }, approval })
    await read('internal')
    all.emulator.control.scriptApproval('deny')
    expect(await rejection(passing(all.clock, read('restricted')))).toMatchObject({
      code: 'approval_denied',
    })
  })

  it('tells a model in one sentence, and offers it no say in who approves', async () => {
    const all = await ready()
    all.emulator.control.scriptApproval('deny')
    const tool = defineOperation(all.client, {
      name: 'get_record',
      description: 'One record.',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { message: 'Show record {id}?' },
    })
    const outcome = await passing(all.clock, tool.execute({ id: 'rec-0001' }))
    expect(outcome).toMatchObject({ ok: false, code: 'approval_denied', retryable: false })
    expect(all.emulator.control.approvals()[0]?.bindingMessage).toMatch(
      /^Show record "rec-0001"\? \[/,
    )
    expect(Object.keys(z.toJSONSchema(tool.inputSchema).properties ?? {})).toEqual(['id'])
  })
})

describe('the options of approval', () => {
  const clientId = 'a594430b-2bd4-4792-9666-63162ee858c5'
  it.each([
    [{ flow: 'phone' as never }, 'ciba.flow'],
    [{ flow: 'tenant' as const }, 'ciba.clientId'],
    [{ flow: 'workspace' as const, clientId }, 'ciba.clientSecret'],
    [{ clientSecret: 's' }, 'ciba.clientId'],
  ])('%j are refused, and name %s', (ciba, named) => {
    expect(thrown(() => bench({ ciba })).message).toContain(named)
  })
})
