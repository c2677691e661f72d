import type { ApprovalScript, EmulatorHandler } from '@authsec/emulator'
import {
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  settle,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { ApprovalError } from '../src/errors.ts'
import { defineOperation } from '../src/tool.ts'

const FIRST = 'approver@example.com'
const SECOND = 'second@example.com'
const users = [FIRST, SECOND].map((email) => ({ email }))
const question = { approver: FIRST, message: 'Delete {id}?', values: { id: 1 } }
const about = (id: number) => ({ ...question, values: { id } })

interface Bench {
  clock: FakeClock
  emulator: EmulatorHandler
  client: AuthSecClient
  /** Questions that reached the device. */
  asked(): number
}

function bench(approvals: AuthSecClientOptions['approvals'] = {}, vault: object = {}): Bench {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock, users })
  const resources = [
    {
      name: 'vault',
      baseUrl: 'https://emulator.test/secure-vault/',
      methods: ['GET', 'DELETE'],
      ...vault,
    },
  ]
  const client = inProcessClient(emulator, { clock, approvals, resources })
  return { clock, emulator, client, asked: () => emulator.control.approvals().length }
}

/** Lets time pass until the work is done. Cryptography takes real time. */
async function passing<T>(clock: FakeClock, work: Promise<T>, stepMs = 1_000): Promise<T> {
  let isDone = false
  const settled = work.finally(() => {
    isDone = true
  })
  settled.catch(() => undefined)
  for (let step = 0; step < 2_000 && !isDone; step++) {
    await clock.advance(stepMs)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return settled
}

const answers = ({ emulator }: Bench, ...script: ApprovalScript[]): void =>
  emulator.control.scriptApproval(...script)

const limited = { name: 'ApprovalError', code: 'approval_rate_limited' }

describe('approved questions', () => {
  it.each([4, 7, 12])(
    'do not count: %i approved deletes in ten minutes are sent',
    async (count) => {
      const one = bench()
      answers(one, ...Array.from({ length: count }, (): ApprovalScript => 'approve'))
      const start = one.clock.monotonic()
      for (let id = 0; id < count; id++) {
        await passing(one.clock, one.client.requestApproval(about(id)))
      }
      expect(one.clock.monotonic() - start).toBeLessThan(600_000)
      expect(one.asked()).toBe(count)
    },
  )

  it('do not count when they were polled by the program, or collected for a call', async () => {
    const one = bench()
    for (let id = 0; id < 5; id++) {
      const pending = await one.client.startApproval(about(id))
      one.emulator.control.approve()
      expect(await one.client.pollApproval(pending)).toMatchObject({ status: 'approved' })
    }
  })

  it('do not count for the calls of a tool', async () => {
    const one = bench()
    await one.client.getDelegationToken()
    const tool = defineOperation(one.client, {
      name: 'delete_record',
      description: 'Deletes a record.',
      method: 'DELETE',
      path: 'records/{id}',
      params: z.object({ id: z.string() }),
      approval: { message: 'Delete {id}?', approver: FIRST },
    })
    answers(one, ...Array.from({ length: 5 }, (): ApprovalScript => 'approve'))
    for (let id = 0; id < 5; id++) {
      const outcome = await passing(one.clock, tool.execute({ id: `rec-000${id + 1}` }))
      expect(outcome).toMatchObject({ code: 'not_found' })
    }
    expect(one.asked()).toBe(5)
  })
})

describe('questions that were not approved', () => {
  it.each<[string, (one: Bench, id: number) => Promise<void>]>([
    [
      'were denied',
      async ({ client, emulator, clock }, id) => {
        const pending = await client.startApproval(about(id))
        emulator.control.deny()
        await rejection(client.pollApproval(pending))
        await clock.advance(61_000)
      },
    ],
    [
      'were given up',
      async ({ client }, id) => client.cancelApproval(await client.startApproval(about(id))),
    ],
    [
      'got no answer in time',
      async ({ client, clock }, id) => {
        const work = client.requestApproval({ ...about(id), timeoutMs: 20_000 })
        await rejection(passing(clock, work))
      },
    ],
  ])('count: after three that %s, a fourth is refused at once', async (_what, ask) => {
    const one = bench()
    for (let id = 0; id < 3; id++) await ask(one, id)
    expect(await rejection(one.client.startApproval(about(4)))).toMatchObject(limited)
    expect(one.asked()).toBe(3)
    await one.clock.advance(600_000)
    expect(await one.client.startApproval(about(5))).toHaveProperty('authReqId')
  })

  it('count beside approved ones', async () => {
    const one = bench()
    for (let id = 0; id < 3; id++) {
      one.client.cancelApproval(await one.client.startApproval(about(id)))
      if (id === 2) break
      const pending = await one.client.startApproval(about(10 + id))
      one.emulator.control.approve()
      await one.client.pollApproval(pending)
    }
    expect(await rejection(one.client.startApproval(about(9)))).toMatchObject(limited)
  })

  it('that were denied are followed by a pause, for new questions and for waiting ones', async () => {
    const one = bench()
    const first = await one.client.startApproval(about(1))
    const waiting = one.client.startApproval(about(2))
    await settle()
    one.emulator.control.deny()
    await rejection(one.client.pollApproval(first))
    expect(await rejection(one.client.startApproval(about(3)))).toMatchObject({
      ...limited,
      message: expect.stringMatching(/has just denied/),
    })
    await one.clock.advance(59_000)
    expect(one.asked()).toBe(1)
    await one.clock.advance(1_001)
    expect(await waiting).toHaveProperty('authReqId')
    expect(one.asked()).toBe(2)
  })
})

describe('a question for an approver who has another one', () => {
  it('waits for its turn, in the order of asking: two users at once are both answered', async () => {
    const one = bench()
    answers(one, 'approve', 'approve', 'approve')
    const done: number[] = []
    const works = [1, 2, 3].map(async (id) => {
      await one.client.requestApproval(about(id))
      done.push(id)
    })
    await settle()
    expect(one.asked()).toBe(1)
    await passing(one.clock, Promise.all(works))
    expect(done).toEqual([1, 2, 3])
    expect(one.asked()).toBe(3)
  })

  it('waits for that of another client of the process, and for no other approver', async () => {
    const one = bench()
    const other = inProcessClient(one.emulator, { clock: one.clock })
    const first = await one.client.startApproval(about(1))
    const waiting = other.startApproval(about(2))
    expect(await other.startApproval({ ...question, approver: SECOND })).toHaveProperty('authReqId')
    await settle()
    expect(one.asked()).toBe(2)
    one.client.cancelApproval(first)
    expect(await waiting).toHaveProperty('authReqId')
  })

  it.each([
    ['two minutes by default', {}, 120_000],
    ['as long as the client says', { queueMs: 30_000 }, 30_000],
  ])('waits for %s, and then is refused', async (_what, approvals, ms) => {
    const one = bench(approvals)
    await one.client.startApproval(about(1))
    const refused = rejection(one.client.startApproval(about(2)))
    let isRefused = false
    void refused.then(() => {
      isRefused = true
    })
    await one.clock.advance(ms - 1)
    expect(isRefused).toBe(false)
    await one.clock.advance(1)
    expect(await refused).toMatchObject({ ...limited, retryable: true })
    expect(one.asked()).toBe(1)
    expect(one.clock.pending).toBe(0)
  })

  it('waits no longer than its signal, and leaves its place to the next', async () => {
    const one = bench()
    const first = await one.client.startApproval(about(1))
    const controller = new AbortController()
    const { signal } = controller
    const given = rejection(one.client.startApproval({ ...about(2), signal }))
    const next = one.client.startApproval(about(3))
    controller.abort(new Error('user has gone'))
    expect((await given).message).toBe('user has gone')
    const aborted = one.client.startApproval({ ...about(4), signal })
    expect((await rejection(aborted)).message).toBe('user has gone')
    one.client.cancelApproval(first)
    expect(await next).toMatchObject({ bindingMessage: expect.stringMatching(/"3"/) })
    expect(one.asked()).toBe(2)
    expect(one.clock.pending).toBe(0)
  })

  it.each([
    ['ten by default', {}, 10],
    ['as many as the client says', { queuedPerApprover: 2 }, 2],
    ['none', { queuedPerApprover: 0 }, 0],
  ])('is refused at once when more wait than allowed: %s', async (_what, approvals, most) => {
    const one = bench(approvals)
    await one.client.startApproval(about(0))
    const controller = new AbortController()
    const { signal } = controller
    const waiting = Array.from({ length: most }, (_, id) =>
      rejection(one.client.startApproval({ ...about(id + 1), signal })),
    )
    expect(await rejection(one.client.startApproval(about(99)))).toMatchObject(limited)
    expect(one.asked()).toBe(1)
    controller.abort(new Error('over'))
    await Promise.all(waiting)
  })

  it('is refused with all others that wait when too many before it were not approved', async () => {
    const one = bench({ unapprovedPerWindow: 1 })
    const first = await one.client.startApproval(about(1))
    const waiting = [2, 3, 4].map((id) => rejection(one.client.startApproval(about(id))))
    await settle()
    one.client.cancelApproval(first)
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject(limited)
    expect(one.asked()).toBe(1)
    expect(one.clock.pending).toBe(0)
  })

  it('waits for one whose time runs out', async () => {
    const one = bench({ queueMs: 600_000 })
    await one.client.startApproval(about(1))
    const waiting = one.client.startApproval(about(2))
    await one.clock.advance(344_000)
    expect(one.asked()).toBe(1)
    await one.clock.advance(2_000)
    expect(await waiting).toHaveProperty('authReqId')
  })

  it('is not overtaken by one that comes in the moment the place is free', async () => {
    const one = bench()
    const first = await one.client.startApproval(about(1))
    const second = one.client.startApproval(about(2))
    await settle()
    one.client.cancelApproval(first)
    const third = one.client.startApproval(about(3))
    await settle()
    expect(await second).toMatchObject({ bindingMessage: expect.stringMatching(/"2"/) })
    expect(one.asked()).toBe(2)
    one.client.cancelApproval(await second)
    expect(await third).toHaveProperty('authReqId')
  })
})

describe('the limits of approvals are options', () => {
  it('of the client: how many are open, how many fail, for how long, and the pause', async () => {
    const two = bench({ openPerApprover: 2, queuedPerApprover: 0 })
    await two.client.startApproval(about(1))
    await two.client.startApproval(about(2))
    expect(await rejection(two.client.startApproval(about(3)))).toMatchObject(limited)

    const strict = bench({ unapprovedPerWindow: 1, windowMs: 1_800_000 })
    strict.client.cancelApproval(await strict.client.startApproval(about(1)))
    await strict.clock.advance(1_799_000)
    expect(await rejection(strict.client.startApproval(about(2)))).toMatchObject(limited)
    await strict.clock.advance(1_001)
    await strict.client.startApproval(about(2))

    const calm = bench({ pauseAfterDenialMs: 0 })
    const denied = await calm.client.startApproval(about(1))
    calm.emulator.control.deny()
    await rejection(calm.client.pollApproval(denied))
    await calm.client.startApproval(about(2))
  })

  it('of a rule, which replace those of the client one by one', async () => {
    const approval = { message: 'Delete?', approver: FIRST, limits: { openPerApprover: 2 } }
    const one = bench({ queuedPerApprover: 0 }, { approval })
    const controller = new AbortController()
    const { signal } = controller
    const call = (id: number): Promise<unknown> =>
      one.client.secureFetch({ endpoint: `records/${id}`, method: 'DELETE', signal })
    const open = [1, 2].map((id) => rejection(call(id)))
    while (one.asked() < 2) await settle()
    expect(await rejection(call(3))).toMatchObject(limited)
    expect(await rejection(one.client.startApproval(about(4)))).toMatchObject(limited)
    controller.abort(new Error('over'))
    await Promise.all(open)
  })

  it.each<[string, object, RegExp]>([
    ['a misspelt name', { openPerAprover: 2 }, /did you mean "openPerApprover"/],
    ['no open question', { openPerApprover: 0 }, /openPerApprover/],
    ['half a question', { unapprovedPerWindow: 1.5 }, /unapprovedPerWindow/],
    ['an endless window', { windowMs: Number.POSITIVE_INFINITY }, /windowMs/],
    ['a negative pause', { pauseAfterDenialMs: -1 }, /pauseAfterDenialMs/],
    ['a queue of NaN', { queuedPerApprover: Number.NaN }, /queuedPerApprover/],
    ['an endless queue', { queueMs: 1e12 }, /queueMs/],
    ['a text', { queueMs: '1' }, /queueMs/],
  ])('and are checked: %s', async (_what, limits, message) => {
    const wrong = limits as AuthSecClientOptions['approvals']
    expect(() => bench(wrong)).toThrow(message)
    const approval = { message: 'Delete?', approver: FIRST, limits }
    expect(() => bench({}, { approval })).toThrow(message)
    const asked = { ...question, limits: wrong }
    const error = await rejection(bench().client.startApproval(asked))
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(message) })
    expect(ApprovalError.isInstance(error)).toBe(false)
  })
})
