import type { EmulatorHandler } from '@authsec/emulator'
import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  settle,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClientFromEnv } from '../src/client/client-from-env.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { ApprovalError } from '../src/errors.ts'
import type { AuthSecEvent } from '../src/events.ts'
import type { PendingApproval } from '../src/pending.ts'

const FIRST = 'approver@example.com'
const SECOND = 'second@example.com'
const users = [{ email: FIRST }, { email: SECOND }]
const harmless = { approver: FIRST, message: 'Show record 1?', action: { show: 1 } }
const harmful = { approver: SECOND, message: 'Delete everything?', action: { delete: '*' } }

/** Questions that cannot be asked now are refused, and do not wait for their turn. */
const atOnce = { approvals: { queuedPerApprover: 0 } }

interface Bench {
  clock: FakeClock
  emulator: EmulatorHandler
  client: AuthSecClient
  events: AuthSecEvent[]
  polls(): number
}

function bench(options: Partial<AuthSecClientOptions> = {}): Bench {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, users })
  const events: AuthSecEvent[] = []
  const onEvent = (event: AuthSecEvent): void => void events.push(event)
  const client = inProcessClient(emulator, { clock, onEvent, ...atOnce, ...options })
  const polls = (): number =>
    emulator.requests.filter(({ path }) => path.endsWith('/ciba/token')).length
  return { clock, emulator, client, events, polls }
}

type Alteration = (genuine: PendingApproval, other: PendingApproval) => unknown

const forged: [what: string, alter: Alteration][] = [
  ['a copy with the ID of another question', (a, b) => ({ ...a, authReqId: b.authReqId })],
  ['a merge of two questions', (a, b) => Object.assign({}, b, { authReqId: a.authReqId })],
  ['a copy with another digest', (a, b) => ({ ...a, digest: b.digest })],
  ['a copy with another code', (a, b) => ({ ...a, code: b.code })],
  ['a copy with another approver', (a, b) => ({ ...a, approver: b.approver })],
  ['a copy with another message', (a, b) => ({ ...a, bindingMessage: b.bindingMessage })],
  ['a copy with another expiry', (a) => ({ ...a, expiresAt: '2099-01-01T00:00:00.000Z' })],
  ['a copy of another flow', (a) => ({ ...a, flow: 'tenant' })],
  ['a copy with a flow that does not exist', (a) => ({ ...a, flow: 'constructor' })],
  ['a copy with the ID of a question that nobody knows', (a) => ({ ...a, authReqId: 'unknown' })],
  ['an altered copy from JSON', (a, b) => JSON.parse(JSON.stringify({ ...a, digest: b.digest }))],
  [
    'an altered structured clone',
    (a, b) => Object.assign(structuredClone(a), { digest: b.digest }),
  ],
  ['an object that inherits from it', (a, b) => inheriting(a, { authReqId: b.authReqId })],
  ['an object whose getter changes its answer', (a, b) => changing(a, b)],
  ['a copy without a digest', ({ digest: _, ...rest }) => rest],
  ['a copy without an approver', ({ approver: _, ...rest }) => rest],
  ['a copy whose ID is a list', (a) => ({ ...a, authReqId: [a.authReqId] })],
  ['an empty object', () => ({})],
  ['nothing', () => undefined],
]

function inheriting(pending: PendingApproval, own: object): unknown {
  const members = Object.entries(own).map(([name, value]) => [name, { value, enumerable: true }])
  return Object.create(pending, Object.fromEntries(members))
}

/** Shows its own ID first, and that of the other question after that. */
function changing(own: PendingApproval, other: PendingApproval): unknown {
  let reads = 0
  return Object.defineProperty({ ...own, digest: other.digest }, 'authReqId', {
    get: () => (reads++ % 2 === 0 ? own : other).authReqId,
    enumerable: true,
  })
}

describe('a pending approval', () => {
  it.each(forged)('is refused when it is %s, and nothing is polled', async (_what, alter) => {
    const { client, emulator, polls } = bench()
    const genuine = await client.startApproval(harmful)
    const other = await client.startApproval(harmless)
    for (const { authReqId } of emulator.control.approvals()) emulator.control.approve(authReqId)
    const pending = alter(genuine, other) as PendingApproval
    const error = await rejection(client.pollApproval(pending))
    expect(error).toMatchObject({ name: 'ApprovalError', code: 'pending_altered' })
    expect(ApprovalError.isInstance(error) && error.hint).toMatch(/exactly what/)
    expect(polls()).toBe(0)
    const { approval } = Object(await client.pollApproval(genuine))
    expect(approval).toMatchObject({ digest: genuine.digest, code: genuine.code })
  })

  it('is good as it is, for the action that was asked', async () => {
    const { client, emulator } = bench()
    const pending = await client.startApproval(harmless)
    expect(await client.pollApproval(pending)).toMatchObject({ status: 'pending' })
    emulator.control.approve()
    const result = await client.pollApproval(pending)
    expect(result).toMatchObject({ status: 'approved', approval: { digest: pending.digest } })
  })

  it.each<[string, (genuine: PendingApproval) => unknown]>([
    ['a copy', (genuine) => ({ ...genuine })],
    ['a copy from JSON', (genuine) => JSON.parse(JSON.stringify(genuine))],
    ['a structured clone', (genuine) => structuredClone(genuine)],
    ['an object that inherits from it', (genuine) => Object.create(genuine)],
  ])('holds nothing to collect the answer with as %s', async (_what, copy) => {
    const { client, emulator, polls } = bench()
    const genuine = await client.startApproval(harmless)
    emulator.control.approve()
    const pending = copy(genuine) as PendingApproval
    expect(await rejection(client.pollApproval(pending))).toMatchObject({ code: 'pending_altered' })
    expect(polls()).toBe(0)
    expect(JSON.stringify([pending, genuine])).not.toContain(genuine.authReqId)
  })

  it('cannot be written to, also after a poll', async () => {
    const { client } = bench()
    const pending = await client.startApproval(harmless)
    const polled = Object(await client.pollApproval(pending)).pending
    expect([Object.isFrozen(pending), Object.isFrozen(polled)]).toEqual([true, true])
  })

  it('of another process is carried on from its sealed form', async () => {
    const keys = [{ kid: 'k1', key: new Uint8Array(32).map((_, index) => index) }]
    const { client, emulator } = bench({ approvals: { keys } })
    const clock = createFakeClock()
    const elsewhere = inProcessClient(emulator, { clock, approvals: { keys } })
    const pending = await elsewhere.startApproval(harmless)
    const sealed = await elsewhere.sealApproval(pending)
    emulator.control.approve()
    expect(await client.pollApproval(sealed)).toMatchObject({
      status: 'approved',
      approval: { digest: pending.digest },
    })
  })
})

describe('a question that was given up', () => {
  it('lets its approver be asked something else, and is collected for nobody', async () => {
    const { client, emulator, events, polls } = bench()
    const pending = await client.startApproval(harmless)
    client.cancelApproval(pending)
    expect(events.at(-1)).toMatchObject({ type: 'approval.settled', outcome: 'cancelled' })
    emulator.control.approve()
    const error = await rejection(client.pollApproval(pending))
    expect(error).toMatchObject({ name: 'ApprovalError', code: 'approval_cancelled' })
    expect(polls()).toBe(0)
    expect(await client.startApproval(harmless)).toHaveProperty('authReqId')
  })

  it('counts as one of three in ten minutes, so that giving up rings nobody more often', async () => {
    const { client, clock, emulator } = bench()
    for (let count = 0; count < 3; count++) {
      client.cancelApproval(await client.startApproval(harmless))
    }
    for (let minute = 0; minute < 9; minute++) {
      expect(await rejection(client.startApproval(harmless))).toMatchObject({
        code: 'approval_rate_limited',
      })
      await clock.advance(60_000)
    }
    expect(emulator.control.approvals()).toHaveLength(3)
    await clock.advance(61_000)
    expect(await client.startApproval(harmless)).toHaveProperty('authReqId')
  })

  it('does not free the place of a later one, however often it ends', async () => {
    const { client } = bench()
    const first = await client.startApproval(harmless)
    client.cancelApproval(first)
    const second = await client.startApproval(harmless)
    client.cancelApproval(first)
    expect(await rejection(client.startApproval(harmless))).toMatchObject({
      code: 'approval_rate_limited',
    })
    client.cancelApproval(second)
    expect(await client.startApproval(harmless)).toHaveProperty('authReqId')
  })

  it('that had run out does not free the place of a later one when it is polled', async () => {
    const { client, clock } = bench()
    const first = await client.startApproval(harmless)
    await clock.advance(346_000)
    await client.startApproval(harmless)
    expect(await rejection(client.pollApproval(first))).toMatchObject({ code: 'approval_expired' })
    expect(await rejection(client.startApproval(harmless))).toMatchObject({
      code: 'approval_rate_limited',
    })
  })

  it('does not shorten the pause after a denial', async () => {
    const { client, emulator } = bench()
    const pending = await client.startApproval(harmless)
    emulator.control.deny()
    expect(await rejection(client.pollApproval(pending))).toMatchObject({ code: 'approval_denied' })
    client.cancelApproval(pending)
    expect(await rejection(client.startApproval(harmless))).toMatchObject({
      message: expect.stringMatching(/has just denied/),
    })
  })

  it('loses an approval that was under way', async () => {
    const { client, emulator } = bench()
    const pending = await client.startApproval(harmless)
    emulator.control.approve()
    const polling = rejection(client.pollApproval(pending))
    client.cancelApproval(pending)
    expect(await polling).toMatchObject({ code: 'approval_cancelled' })
  })

  it('is given up by the signal of requestApproval', async () => {
    const { client } = bench()
    const controller = new AbortController()
    const asking = rejection(client.requestApproval({ ...harmless, signal: controller.signal }))
    await settle()
    controller.abort(new Error('stopped'))
    expect((await asking).message).toBe('stopped')
    expect(await client.startApproval(harmless)).toHaveProperty('authReqId')
  })

  it('must be genuine, and is left alone when another process asked it', async () => {
    const { client, emulator, events } = bench()
    const pending = await client.startApproval(harmless)
    const other = await client.startApproval(harmful)
    const swapped = { ...pending, authReqId: other.authReqId }
    expect(() => client.cancelApproval(swapped)).toThrow(ApprovalError)
    const elsewhere = inProcessClient(emulator, { clock: createFakeClock() })
    elsewhere.cancelApproval(pending)
    expect(events.at(-1)).toMatchObject({ type: 'approval.started' })
  })
})

describe('the limits of an approver', () => {
  it('hold for all clients of a server in this process, however its URL is written', async () => {
    const emulator = inProcessEmulator({ users })
    const clock = createFakeClock()
    const clientAt = (baseUrl: string): AuthSecClient =>
      inProcessClient(emulator, { clock, baseUrl, ...atOnce })
    await clientAt('https://one.test').startApproval(harmless)
    for (const baseUrl of [
      'https://one.test/',
      'https://one.test/authsec',
      'https://one.test/authsec/',
      'https://ONE.test:443',
      ' https://one.test ',
    ]) {
      for (const approver of [FIRST, FIRST.toUpperCase(), ` ${FIRST} `]) {
        const error = await rejection(clientAt(baseUrl).startApproval({ ...harmless, approver }))
        expect(error).toMatchObject({ code: 'approval_rate_limited' })
      }
    }
    expect(emulator.control.approvals()).toHaveLength(1)
  })

  it('hold for clients with other IDs, flows and options', async () => {
    const { client, clock, emulator } = bench()
    await client.startApproval(harmless)
    const ciba = { clientId: emulator.cibaClientId }
    for (const options of [{ ciba }, { clientId: crypto.randomUUID() }, { timeoutMs: 1_000 }]) {
      const other = inProcessClient(emulator, { clock, ...atOnce, ...options })
      expect(await rejection(other.startApproval(harmless))).toMatchObject({
        code: 'approval_rate_limited',
      })
      expect(await rejection(other.requestApproval(harmless))).toMatchObject({
        code: 'approval_rate_limited',
      })
    }
  })

  it('count the questions and the denials of all of them', async () => {
    const { client, clock, emulator } = bench()
    const other = inProcessClient(emulator, { clock })
    const pending = await client.startApproval(harmless)
    emulator.control.deny()
    expect(await rejection(other.pollApproval(pending))).toMatchObject({ code: 'approval_denied' })
    expect(await rejection(client.startApproval(harmless))).toMatchObject({
      message: expect.stringMatching(/has just denied/),
    })
    await clock.advance(61_000)
    other.cancelApproval(await other.startApproval(harmless))
    client.cancelApproval(await client.startApproval(harmless))
    for (const one of [client, other]) {
      expect(await rejection(one.startApproval(harmless))).toMatchObject({
        message: expect.stringMatching(/has not approved 3 requests/),
      })
    }
  })

  it('are those of one server and one approver', async () => {
    const { client, clock } = bench()
    await client.startApproval(harmless)
    await client.startApproval(harmful)
    const elsewhere = inProcessClient(inProcessEmulator({ clock, users }), { clock })
    expect(await elsewhere.startApproval(harmless)).toHaveProperty('authReqId')
  })

  it('are those of one client in mock mode, where nobody is disturbed', async () => {
    for (let count = 0; count < 5; count++) {
      const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent: () => {} })
      expect(await client.startApproval(harmless)).toHaveProperty('authReqId')
    }
  })
})
