import { rejection, settle } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AskOptions } from '../src/approval/approval.ts'
import type { AuthSecStore } from '../src/store/store.ts'
import { APPROVER, type DurableBench, durableBench } from './support/durable-bench.ts'

const question = { approver: APPROVER, message: 'Show record 1?', action: { show: 1 }, reuse: true }
const INITIATE = /ciba\/initiate$/

/** Lets time pass until the work is done: it waits for another process. */
async function passing<T>({ clock }: DurableBench, work: Promise<T>): Promise<T> {
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  work.then(end, end)
  for (let turn = 0; turn < 400 && !isOver; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    await clock.advance(250)
  }
  return work
}

describe('the same question', () => {
  it.each<[string, Partial<AskOptions>]>([
    ['again', {}],
    ['under another name of the call', { toolCallId: 'call-2' }],
    ['by a caller who listens', { onApproval: () => undefined }],
  ])('asked %s rings once, in this process and in the next one', async (_what, more) => {
    const { process, rings } = durableBench()
    const subject = { tool: 'show', thread: 't1', user: 'ann', toolCallId: 'call-1' }
    const client = process()
    const first = await client.startApproval({ ...question, ...subject })
    const same = await client.startApproval({ ...question, ...subject, ...more })
    const there = await process().startApproval({ ...question, ...subject, ...more })
    expect([same.authReqId, there.authReqId]).toEqual([first.authReqId, first.authReqId])
    expect(rings()).toBe(1)
  })

  it.each<[string, Partial<AskOptions>]>([
    ['other action', { action: { show: 2 } }],
    ['other tool', { tool: 'hide' }],
    ['other thread', { thread: 't2' }],
    ['other user', { user: 'ben' }],
    ['user with a space at the end', { user: 'ann ' }],
    ['other approver', { approver: 'second@example.com' }],
    ['other scopes', { scopes: ['email'] }],
  ])('with an%s is another one', async (_what, more) => {
    const { process, rings } = durableBench()
    const subject = { tool: 'show', thread: 't1', user: 'ann' }
    await process().startApproval({ ...question, ...subject })
    await process().startApproval({ ...question, ...subject, ...more })
    expect(rings()).toBe(2)
  })

  it.each([2, 4, 8])('rings once when %i processes ask at the same time', async (count) => {
    const bench = durableBench()
    const starts = Array.from({ length: count }, () => bench.process().startApproval(question))
    const all = await passing(bench, Promise.all(starts))
    expect(new Set(all.map(({ authReqId }) => authReqId)).size).toBe(1)
    expect(bench.rings()).toBe(1)
  })

  it('rings once when one process asks many times at once', async () => {
    const { process, rings } = durableBench()
    const client = process({ store: undefined })
    await Promise.all(Array.from({ length: 20 }, () => client.startApproval(question)))
    expect(rings()).toBe(1)
  })

  it('is asked again after an answer, by every process, without a pause', async () => {
    const bench = durableBench()
    const { process, emulator, rings } = bench
    for (const decision of ['approve', 'deny', 'approve'] as const) {
      const sealed = await process().startApproval(question)
      emulator.control[decision]()
      expect(sealed.authReqId).not.toBe('')
      const work = process().useApproval(sealed, question)
      await work.catch(() => undefined)
    }
    expect(rings()).toBe(3)
  })

  it('is asked again once it has expired', async () => {
    const { process, clock, rings } = durableBench()
    await process().startApproval(question)
    await clock.advance(301_000)
    await process().startApproval(question)
    expect(rings()).toBe(2)
  })
})

describe('an open question', () => {
  it('stays findable for other processes when an older one of the same call is tried again', async () => {
    const { process, emulator, rings } = durableBench()
    const first = process()
    const old = await first.sealApproval(await first.startApproval(question))
    emulator.control.approve()
    await process().useApproval(old, question)
    const open = await process().startApproval(question)
    const again = process().useApproval(old, question)
    expect(await rejection(again)).toMatchObject({ code: 'approval_used' })
    await settle()
    const found = await process().startApproval(question)
    expect([found.authReqId === open.authReqId, rings()]).toEqual([true, 2])
  })

  it.each<[string, object]>([
    ['waited for it for too short a time', { timeoutMs: 20_000 }],
    ['stopped waiting', { signal: AbortSignal.abort(new Error('no longer')) }],
  ])('stays open when somebody %s', async (_what, limits) => {
    const bench = durableBench()
    const { process, emulator, rings } = bench
    const client = process()
    const pending = await client.startApproval(question)
    await rejection(passing(bench, client.waitForApproval(pending, limits)))
    const found = await process().startApproval(question)
    expect([found.authReqId, rings()]).toEqual([pending.authReqId, 1])
    emulator.control.approve()
    await client.useApproval(pending, question)
  })
})

describe('who asks together with somebody else', () => {
  it('gets the question when the one who asked first gives up during the request', async () => {
    const { process, emulator, clock, rings } = durableBench()
    const client = process({ store: undefined })
    emulator.control.failNext({ kind: 'delay', ms: 2_000 }, { path: INITIATE })
    const controller = new AbortController()
    const first = client.startApproval({ ...question, signal: controller.signal })
    const second = client.startApproval(question)
    const failed = rejection(first)
    await clock.advance(500)
    controller.abort(new Error('gave up'))
    expect(await failed).toMatchObject({ message: 'gave up' })
    await clock.advance(3_000)
    const { authReqId } = await second
    expect([authReqId, rings()]).toEqual([emulator.control.approvals()[0]?.authReqId, 1])
  })

  it('finds what was sent for somebody who no longer waits', async () => {
    const { process, emulator, clock, rings } = durableBench()
    const client = process()
    emulator.control.failNext({ kind: 'delay', ms: 2_000 }, { path: INITIATE })
    const controller = new AbortController()
    const failed = rejection(client.startApproval({ ...question, signal: controller.signal }))
    await clock.advance(500)
    controller.abort(new Error('gave up'))
    await failed
    const again = client.startApproval(question)
    await clock.advance(3_000)
    await again
    expect(rings()).toBe(1)
  })

  it('asks for itself when the first gives up while it waits for the turn', async () => {
    const { process, clock, rings, emulator } = durableBench()
    const client = process({ approvals: { openPerApprover: 1, queuedPerApprover: 5 } })
    const other = await client.startApproval({ ...question, action: { show: 2 } })
    const controller = new AbortController()
    const failed = rejection(client.startApproval({ ...question, signal: controller.signal }))
    await clock.advance(100)
    controller.abort(new Error('gave up'))
    await failed
    const second = client.startApproval(question)
    await clock.advance(100)
    expect(rings()).toBe(1)
    emulator.control.approve()
    await client.pollApproval(other)
    await clock.advance(100)
    await second
    expect(rings()).toBe(2)
  })

  it('is not kept waiting for a reservation longer than the approver has a queue', async () => {
    const bench = durableBench()
    const { process, clock, rings } = bench
    const busy = { approvals: { openPerApprover: 1, queuedPerApprover: 5, queueMs: 400_000 } }
    const first = process(busy)
    await first.startApproval({ ...question, action: { show: 2 } })
    const queued = first.startApproval(question)
    await clock.advance(60_000)
    const free = await process().startApproval(question)
    first.cancelApproval(await first.startApproval({ ...question, action: { show: 2 } }))
    expect((await passing(bench, queued)).authReqId).toBe(free.authReqId)
    expect(rings()).toBe(2)
  })
})

describe('a process that ends while it asks', () => {
  it('keeps others waiting until its reservation ends, and one of them asks', async () => {
    const bench = durableBench()
    const { process, store, rings, clock } = bench
    const dying = process({ store, fetch: () => new Promise(() => undefined) })
    dying.startApproval(question).catch(() => undefined)
    await clock.advance(100)
    const start = clock.monotonic()
    const all = [process().startApproval(question), process().startApproval(question)]
    const [one, two] = await passing(bench, Promise.all(all))
    expect([one?.authReqId === two?.authReqId, rings()]).toEqual([true, 1])
    expect(clock.monotonic() - start).toBeLessThan(45_000)
  })

  it('need not be waited for by somebody who aborts', async () => {
    const { process, clock } = durableBench()
    const dying = process({ fetch: () => new Promise(() => undefined) })
    dying.startApproval(question).catch(() => undefined)
    await clock.advance(100)
    const controller = new AbortController()
    const failed = rejection(process().startApproval({ ...question, signal: controller.signal }))
    await clock.advance(1_000)
    controller.abort(new Error('no longer'))
    expect(await failed).toMatchObject({ message: 'no longer' })
  })
})

describe('a question that was not sent', () => {
  it.each([
    ['user_not_found', 400, 'approver_not_found'],
    ['no_device_registered', 400, 'approver_has_no_device'],
    ['invalid_client', 401, 'client_rejected'],
  ])('because of %s leaves the next call its turn at once', async (error, status, code) => {
    const { process, emulator, rings, clock } = durableBench()
    emulator.control.failNext({ kind: 'status', status, body: { error } }, { path: INITIATE })
    const failed = process().startApproval(question)
    expect(await rejection(failed)).toMatchObject({ code })
    const start = clock.monotonic()
    await process().startApproval(question)
    expect([rings(), clock.monotonic() - start]).toEqual([1, 0])
  })

  it('for sure is told from one that may have rung, which nobody repeats at once', async () => {
    const bench = durableBench()
    const { process, emulator, clock } = bench
    emulator.control.failNext({ kind: 'status', status: 502 }, { path: INITIATE })
    const failed = process().startApproval(question)
    expect(await rejection(failed)).toMatchObject({ code: 'approval_outcome_unknown' })
    const start = clock.monotonic()
    await passing(bench, process().startApproval(question))
    expect(clock.monotonic() - start).toBeGreaterThan(35_000)
  })
})

describe('a store that does not work', () => {
  const broken = (method: keyof AuthSecStore, work: () => unknown) => (store: AuthSecStore) =>
    ({ ...store, [method]: work }) as AuthSecStore

  it.each<[string, (store: AuthSecStore) => AuthSecStore]>([
    ['rejects reads', broken('get', async () => Promise.reject(new Error('down')))],
    ['rejects claims', broken('claim', async () => Promise.reject(new Error('down')))],
    [
      'throws',
      broken('claim', () => {
        throw new Error('down')
      }),
    ],
    ['hangs', broken('get', () => new Promise(() => undefined))],
  ])('and %s asks nobody, and says why', async (_what, broken) => {
    const bench = durableBench()
    const client = bench.process({ store: broken(bench.store) })
    const error = await rejection(passing(bench, client.startApproval(question)))
    expect(error).toMatchObject({ code: 'approval_not_claimed' })
    expect(error.message).toMatch(/nobody was asked/)
    expect(bench.rings()).toBe(0)
  })

  it.each<[string, unknown]>([
    ['a text', 'true'],
    ['a number', 1],
    ['an object', {}],
    ['nothing', undefined],
  ])('and answers a claim with %s never counts as granted', async (_what, answer) => {
    const bench = durableBench()
    const client = bench.process({ store: broken('claim', async () => answer)(bench.store) })
    await rejection(passing(bench, client.startApproval(question)))
    expect(bench.rings()).toBe(0)
  })

  it.each<[string, unknown]>([
    ['null, as Redis does', null],
    ['a number', 7],
    ['a text that nobody sealed', 'eyJ..a.b.c'],
  ])('but reads %s for a missing value is asked as usual', async (_what, answer) => {
    const bench = durableBench()
    const client = bench.process({ store: broken('get', async () => answer)(bench.store) })
    await client.startApproval(question)
    expect(bench.rings()).toBe(1)
  })

  it('and does not keep the question is told of by a warning, and the call goes on', async () => {
    const bench = durableBench()
    const warnings: string[] = []
    const store = broken('set', async () => Promise.reject(new Error('full')))(bench.store)
    const client = bench.process({
      store,
      onEvent: (event) => event.type === 'warning' && warnings.push(event.code),
    })
    await client.startApproval(question)
    expect([bench.rings(), warnings]).toEqual([1, ['store_failed']])
  })
})
