import { createFakeClock, rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createPollWheel } from '../src/approvers/poll-wheel.ts'
import { APPROVER, durableBench } from './support/durable-bench.ts'

const question = { approver: APPROVER, message: 'Show record {n}?' }
const TOKEN = 'n'.repeat(43)

async function pass(clock: { advance(ms: number): Promise<void> }, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    await clock.advance(Math.min(500, left))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

describe('the wheel of those who wait', () => {
  it('has one timer for ten thousand, and ends each one in its time', async () => {
    const clock = createFakeClock()
    const wheel = createPollWheel(clock)
    const ends: number[] = []
    for (let index = 0; index < 10_000; index += 1) {
      void wheel
        .wait(`question-${index}`, 5_000 + (index % 1_000), undefined)
        .then(() => ends.push(clock.monotonic() - 5_000 - (index % 1_000)))
    }
    expect(clock.pending).toBe(1)
    await clock.advance(4_999)
    expect([ends.length, clock.pending]).toEqual([0, 1])
    await clock.advance(1_100)
    expect([ends.length, clock.pending]).toEqual([10_000, 0])
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...ends)).toBeLessThanOrEqual(20)
  })

  it('wakes whoever waits for one question, and nobody else', async () => {
    const clock = createFakeClock()
    const wheel = createPollWheel(clock)
    const woken: string[] = []
    for (const id of ['a', 'a', 'b']) {
      void wheel.wait(id, 5_000, undefined).then((isWoken) => woken.push(`${id} ${isWoken}`))
    }
    expect([wheel.wake('a'), wheel.wake('c')]).toEqual([true, false])
    await clock.advance(1)
    expect(woken).toEqual(['a woken', 'a woken'])
    expect(wheel.wake('a')).toBe(false)
    await clock.advance(5_000)
    expect(woken).toEqual(['a woken', 'a woken', 'b due'])
  })

  it('leaves no timer behind when all have given up', async () => {
    const clock = createFakeClock()
    const wheel = createPollWheel(clock)
    const controller = new AbortController()
    const waits = Array.from({ length: 100 }, (_, index) =>
      rejection(wheel.wait(`q${index}`, 5_000, controller.signal)),
    )
    controller.abort(new Error('no longer'))
    for (const wait of waits) expect(await wait).toMatchObject({ message: 'no longer' })
    expect(clock.pending).toBe(0)
  })
})

describe('waitForApproval', () => {
  it('polls once in an interval for each question, however many wait for it', async () => {
    const { process, emulator, clock, polls } = durableBench()
    const client = process()
    const sealed = await client.sealApproval(await client.startApproval(question))
    const waits = Array.from({ length: 10 }, () => client.waitForApproval(sealed))
    await pass(clock, 26_000)
    expect(polls()).toBe(5)
    emulator.control.approve()
    await pass(clock, 6_000)
    const digests = (await Promise.all(waits)).map(({ digest }) => digest)
    expect([new Set(digests).size, polls()]).toEqual([1, 6])
  })

  it('polls once in an interval for a question, when those who wait for it began at other times', async () => {
    const { process, emulator, clock, polls } = durableBench()
    const client = process()
    const sealed = await client.sealApproval(await client.startApproval(question))
    const waits = [client.waitForApproval(sealed)]
    for (const ms of [1_700, 1_700, 1_100]) {
      await pass(clock, ms)
      waits.push(client.waitForApproval(sealed))
    }
    await pass(clock, 21_500)
    expect(polls()).toBe(5)
    emulator.control.approve()
    await pass(clock, 6_000)
    const digests = (await Promise.all(waits)).map(({ digest }) => digest)
    expect([new Set(digests).size, polls()]).toEqual([1, 6])
  })

  it('waits for a hundred questions with one request per interval each', async () => {
    const { process, emulator, clock, polls } = durableBench()
    const client = process()
    const starts = Array.from({ length: 100 }, (_, n) =>
      client.startApproval({ ...question, values: { n } }),
    )
    const waits = (await Promise.all(starts)).map((pending) => client.waitForApproval(pending))
    await pass(clock, 11_000)
    expect(polls()).toBe(200)
    for (const { authReqId } of emulator.control.approvals()) emulator.control.approve(authReqId)
    await pass(clock, 6_000)
    expect(await Promise.all(waits)).toHaveLength(100)
  })

  it('ends when the question is given up in this process', async () => {
    const { process, clock } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    const failed = rejection(client.waitForApproval(pending))
    await pass(clock, 1_000)
    client.cancelApproval(pending)
    await pass(clock, 500)
    expect(await failed).toMatchObject({ code: 'approval_cancelled' })
  })
})

describe('a ping', () => {
  const ciba = { notificationToken: TOKEN }
  const ping = (body: string | null, headers: Record<string, string> = {}): Request =>
    new Request('https://agent.example.com/ping', {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      body,
    })
  const about = (id: string): string => JSON.stringify({ auth_req_id: id })

  it('makes whoever waits poll at once', async () => {
    const { process, emulator, clock, polls } = durableBench()
    const client = process({ ciba })
    const pending = await client.startApproval(question)
    const wait = client.waitForApproval(pending)
    emulator.control.approve()
    await pass(clock, 100)
    expect(polls()).toBe(0)
    const answer = await client.handleApprovalPing(ping(about(pending.authReqId)))
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(await wait).toMatchObject({ digest: pending.digest })
  })

  it('that comes before the answer decides nothing, and the wait goes on', async () => {
    const { process, emulator, clock, polls } = durableBench()
    const client = process({ ciba })
    const pending = await client.startApproval(question)
    const wait = client.waitForApproval(pending)
    await pass(clock, 100)
    await client.handleApprovalPing(ping(about(pending.authReqId)))
    await pass(clock, 100)
    expect(polls()).toBe(1)
    emulator.control.approve()
    await pass(clock, 6_000)
    expect(await wait).toMatchObject({ digest: pending.digest })
  })

  it.each<[string, () => Request, number]>([
    [
      'with a wrong token',
      () => ping(about('x'), { authorization: `Bearer ${'m'.repeat(43)}` }),
      401,
    ],
    [
      'with half of the token',
      () => ping(about('x'), { authorization: 'Bearer nnnnnnnnnnnnn' }),
      401,
    ],
    ['with a longer token', () => ping(about('x'), { authorization: `Bearer ${TOKEN}n` }), 401],
    [
      'with an endless token',
      () => ping(about('x'), { authorization: `Bearer ${'n'.repeat(100_000)}` }),
      401,
    ],
    ['with an empty token', () => ping(about('x'), { authorization: 'Bearer ' }), 401],
    ['with another scheme', () => ping(about('x'), { authorization: `Basic ${TOKEN}` }), 401],
    ['without a token', () => new Request('https://agent.example.com/', { method: 'POST' }), 401],
    ['by GET', () => new Request('https://agent.example.com/?auth_req_id=x'), 405],
    ['without a body', () => ping(null), 400],
    ['with no JSON', () => ping('auth_req_id=x'), 400],
    ['without an ID', () => ping('{}'), 400],
    ['with a list of IDs', () => ping('{"auth_req_id":["x"]}'), 400],
    ['with a huge body', () => ping(about('x'.repeat(1_000_000))), 400],
    ['with an unknown ID', () => ping(about('unknown')), 204],
    ['with the ID of a prototype', () => ping(about('__proto__')), 204],
  ])('%s is answered as it should, and nothing is polled', async (_what, request, status) => {
    const { process, polls, clock } = durableBench()
    const client = process({ ciba })
    const wait = rejection(
      client.waitForApproval(await client.startApproval(question), { timeoutMs: 9_000 }),
    )
    await pass(clock, 100)
    const answer = await client.handleApprovalPing(request())
    await pass(clock, 100)
    expect([answer.status, polls()]).toEqual([status, 0])
    await pass(clock, 9_000)
    await wait
  })

  it('whose body breaks off is a bad request', async () => {
    const { process } = durableBench()
    const body = new ReadableStream({ pull: (stream) => stream.error(new Error('broken off')) })
    const request = new Request('https://agent.example.com/', {
      ...{ method: 'POST', body, duplex: 'half' },
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    expect((await process({ ciba }).handleApprovalPing(request)).status).toBe(400)
  })

  it('cannot be answered without a token of one`s own', async () => {
    const { process } = durableBench()
    const failed = process().handleApprovalPing(ping(about('x')))
    expect(await rejection(failed)).toMatchObject({ name: 'ConfigError' })
  })
})
