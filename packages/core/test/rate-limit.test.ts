import {
  createFakeClock,
  type FakeClock,
  inFlight,
  inProcessEmulator,
  rejection,
  settle,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { createAuthSecClient } from '../src/client/create-client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import type { AuthSecEvent } from '../src/events.ts'
import type { FetchLike } from '../src/http/transport.ts'
import type { Clock } from '../src/support/clock.ts'

const idOf = (index: number): string => `a0000000-0000-4000-8000-${String(index).padStart(12, '0')}`

interface Fleet {
  readonly clock: FakeClock
  readonly client: (index: number, own?: Partial<AuthSecClientOptions>) => AuthSecClient
  /** When the server was asked, in milliseconds since the start, and for whom. */
  readonly asked: { readonly at: number; readonly id: string; readonly path: string }[]
  /** How many of the answers were 429. */
  readonly throttled: () => number
  readonly emulator: ReturnType<typeof inProcessEmulator>
  /** What the server answers in place of its own answer. */
  answer: ((path: string) => Response | Promise<Response> | undefined) | undefined
}

/** Agents of one process, and a server with its own limit of 100 requests a minute. */
function fleet(size: number, options: Parameters<typeof inProcessEmulator>[0] = {}): Fleet {
  const clock = createFakeClock()
  const agents = Array.from({ length: size }, (_, index) => ({ clientId: idOf(index) }))
  const emulator = inProcessEmulator({ clock, agents, rateLimit: true, ...options })
  const asked: Fleet['asked'] = []
  let throttled = 0
  const answered = async (input: string, init: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const { pathname: path } = new URL(input)
    asked.push({ at: clock.monotonic(), id: request.headers.get('x-client-id') ?? '', path })
    const response = (await bench.answer?.(path)) ?? (await signed(emulator.fetch(request)))
    if (response.status === 429) throttled += 1
    return response
  }
  const fetch: FetchLike = (input, init) => inFlight(answered(input, init))
  const baseUrl = `https://${crypto.randomUUID()}.example.com`
  const bench: Fleet = {
    clock,
    emulator,
    asked,
    throttled: () => throttled,
    answer: undefined,
    client: (index, own) =>
      createAuthSecClient({ baseUrl, clientId: idOf(index), clock, fetch, ...own }),
  }
  return bench
}

async function signed(answer: Promise<Response>): Promise<Response> {
  unsigned.add(answer)
  return answer.finally(() => unsigned.delete(answer))
}

type Outcome = { readonly at: number; readonly code: string; readonly retryAt?: Date | undefined }

/** When a call ended, and how. */
async function outcomeOf(clock: FakeClock, call: Promise<unknown>): Promise<Outcome> {
  return call.then(
    () => ({ at: clock.monotonic(), code: 'ok' }),
    ({ code, retryAt }: Outcome) => ({ at: clock.monotonic(), code, retryAt }),
  )
}

/** Lets time pass, and waits between the steps until the emulators have signed what they were asked for. */
async function pass(clock: FakeClock, ms: number, step = 1_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    await clock.advance(step)
    while (unsigned.size > 0) await settle()
  }
}

const unsigned = new Set<Promise<unknown>>()

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

describe('a thousand agents that start at once', () => {
  it('all get their token in turn, when they may wait for it', async () => {
    const { client, clock, throttled, asked } = fleet(1_000)
    const rateLimit = { queueMs: 900_000 }
    const clients = Array.from({ length: 1_000 }, (_, index) => client(index, { rateLimit }))
    const ends = clients.map((one) => outcomeOf(clock, one.getDelegationToken()))
    await pass(clock, 720_000, 5_000)
    const outcomes = await Promise.all(ends)
    expect(outcomes.filter(({ code }) => code !== 'ok')).toEqual([])
    expect(throttled()).toBe(0)
    expect(asked).toHaveLength(1_000)
    const waits = outcomes.map(({ at }) => at)
    expect(Math.max(...waits) / median(waits)).toBeLessThanOrEqual(3)
  }, 60_000)

  it('fail at once where their turn cannot come in time, and are served when they come again', async () => {
    const { client, clock, throttled } = fleet(300)
    const clients = Array.from({ length: 300 }, (_, index) => client(index))
    const first = await Promise.all(
      clients.map((one) => outcomeOf(clock, one.getDelegationToken())),
    )
    const refused = first.flatMap(({ code, retryAt, at }, index) =>
      code === 'ok' ? [] : [{ code, retryAt, at, index }],
    )
    expect(refused).toHaveLength(210)
    expect(new Set(refused.map(({ code, at }) => `${code} ${at}`))).toEqual(
      new Set(['rate_limited 0']),
    )
    // Not all of them are told the same time: they come back in groups that have room.
    const groups = Map.groupBy(refused, ({ retryAt }) => Number(retryAt))
    expect([...groups.values()].map((group) => group.length)).toEqual([90, 90, 30])
    await pass(clock, 300_000)
    for (const { index } of refused.slice(0, 20)) {
      expect((await clients[index]?.getDelegationToken())?.permissions).not.toEqual([])
    }
    expect(throttled()).toBe(0)
  }, 60_000)

  it('are not refused again when they come back at the time that they were told', async () => {
    const { client, clock, throttled } = fleet(300)
    const clients = Array.from({ length: 300 }, (_, index) => client(index))
    const first = await Promise.all(
      clients.map((one) => outcomeOf(clock, one.getDelegationToken())),
    )
    const again: Promise<Outcome>[] = []
    for (const [index, { retryAt }] of first.entries()) {
      if (!retryAt) continue
      const ask = (): void => {
        const call = clients[index]?.getDelegationToken()
        if (call) again.push(outcomeOf(clock, call))
      }
      clock.setTimeout(ask, retryAt.getTime() - clock.now())
    }
    await pass(clock, 200_000)
    const codes = (await Promise.all(again)).map(({ code }) => code)
    expect(Map.groupBy(codes, (code) => code).get('ok')).toHaveLength(210)
    expect(codes).toHaveLength(210)
    expect(throttled()).toBe(0)
  }, 60_000)

  it('are told what the process asks for, and the option that decides it', async () => {
    const { client } = fleet(100)
    const calls = Array.from({ length: 100 }, (_, index) => client(index).getDelegationToken())
    const [first] = (await Promise.allSettled(calls)).flatMap((one) =>
      one.status === 'rejected' ? [one.reason] : [],
    )
    expect(first).toMatchObject({ code: 'rate_limited', retryable: true, status: undefined })
    expect(first.message).toContain('90 requests a minute')
    expect(first.hint).toContain('rateLimit.requestsPerMinute')
  })
})

describe('agents beside a loud one', () => {
  it('get their first token at once while it asks a hundred times', async () => {
    const { client, clock, throttled } = fleet(21)
    const loud = client(0)
    const ofLoud: Promise<Outcome>[] = []
    await loud.getDelegationToken()
    for (let time = 0; time < 100; time += 1) {
      ofLoud.push(outcomeOf(clock, loud.getDelegationToken({ forceRefresh: true })))
      await settle()
    }
    const quiet = Array.from({ length: 20 }, (_, index) => client(index + 1))
    const ends = await Promise.all(quiet.map((one) => outcomeOf(clock, one.getDelegationToken())))
    expect(new Set(ends.map(({ code, at }) => `${code} ${at}`))).toEqual(new Set(['ok 0']))
    const codes = new Set((await Promise.all(ofLoud)).map(({ code }) => code))
    expect(codes).toEqual(new Set(['ok', 'rate_limited']))
    expect((await loud.getDelegationToken()).permissions).not.toEqual([])
    expect(throttled()).toBe(0)
  }, 60_000)

  it('take turns with it where all wait', async () => {
    const { client, clock, asked } = fleet(3)
    const rateLimit = { requestsPerMinute: 1, queueMs: 600_000 }
    const clients = [0, 1, 2].map((index) => client(index, { rateLimit }))
    const ends = clients.map((one) => outcomeOf(clock, one.getDelegationToken()))
    const many = [1, 2, 3].map((times) =>
      outcomeOf(clock, client(0, { rateLimit, timeoutMs: 10_000 + times }).getDelegationToken()),
    )
    await pass(clock, 400_000, 5_000)
    await Promise.all([...ends, ...many])
    expect(asked.map(({ id }) => Number(id.slice(-1)))).toEqual([0, 1, 2, 0, 0, 0])
  })
})

describe('what is urgent', () => {
  it('goes before a refresh in the background, which is served by the old token meanwhile', async () => {
    const { client, clock, asked } = fleet(3, { ttlSeconds: 3_600 })
    const rateLimit = { requestsPerMinute: 1, queueMs: 300_000 }
    const old = client(0, { rateLimit })
    const first = await old.getDelegationToken()
    await clock.advance(2_100_000)
    const filler = client(1, { rateLimit })
    await filler.getDelegationToken()
    expect(await old.getDelegationToken()).toBe(first)
    await settle()
    const cold = outcomeOf(clock, client(2, { rateLimit }).getDelegationToken())
    await pass(clock, 130_000, 5_000)
    expect((await cold).code).toBe('ok')
    expect(asked.map(({ id }) => Number(id.slice(-1)))).toEqual([0, 1, 2, 0])
  })

  it('makes a refresh in the background wait no longer than it is of use, without an error', async () => {
    const { client, clock, asked } = fleet(40, { ttlSeconds: 600 })
    const events: AuthSecEvent[] = []
    const rateLimit = { requestsPerMinute: 1, queueMs: 3_600_000 }
    const onEvent = (event: AuthSecEvent): void => void events.push(event)
    const served = client(0, { rateLimit, onEvent })
    const token = await served.getDelegationToken()
    const others = Array.from({ length: 30 }, (_, index) =>
      outcomeOf(clock, client(index + 1, { rateLimit }).getDelegationToken()),
    )
    await pass(clock, 360_000, 5_000)
    for (let time = 0; time < 20; time += 1) expect(await served.getDelegationToken()).toBe(token)
    expect(asked.filter(({ id }) => id === idOf(0))).toHaveLength(1)
    expect(events.map(({ type }) => type)).not.toContain('token.failed')
    await pass(clock, 1_800_000, 10_000)
    await Promise.all(others)
  }, 60_000)
})

describe('a 429 of the server', () => {
  const full = (): Response => Response.json({ error: 'Rate limit exceeded' }, { status: 429 })

  it('holds up all agents, one tries first, and the others follow one by one', async () => {
    const bench = fleet(7)
    const { client, clock, asked } = bench
    bench.answer = () => (asked.length === 1 ? full() : undefined)
    const ends = [outcomeOf(clock, client(0).getDelegationToken())]
    await settle()
    for (let index = 1; index < 7; index += 1) {
      ends.push(outcomeOf(clock, client(index).getDelegationToken()))
    }
    await pass(clock, 15_000, 100)
    expect((await Promise.all(ends)).map(({ code }) => code)).toEqual(Array(7).fill('ok'))
    const [, probe = 0, ...rest] = asked.map(({ at }) => at)
    expect(probe).toBeGreaterThanOrEqual(5_000)
    expect(probe).toBeLessThanOrEqual(5_500)
    expect(asked[1]?.id).toBe(idOf(0))
    const gaps = rest.map((at, index) => at - (rest[index - 1] ?? probe))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(600)
  })

  it('with Retry-After holds up all agents for so long', async () => {
    const bench = fleet(2)
    const { client, clock, asked } = bench
    const headers = { 'retry-after': '8' }
    bench.answer = () =>
      asked.length === 1 ? Response.json({}, { status: 429, headers }) : undefined
    const ends = [0, 1].map((index) => outcomeOf(clock, client(index).getDelegationToken()))
    await pass(clock, 12_000, 100)
    expect((await Promise.all(ends)).map(({ code }) => code)).toEqual(['ok', 'ok'])
    expect(asked.slice(2).every(({ at }) => at >= 8_000)).toBe(true)
  })

  it('at every try is told as rate_limited, with the time to come again', async () => {
    const bench = fleet(1)
    bench.answer = full
    const { client, clock, asked } = bench
    const end = outcomeOf(clock, client(0).getDelegationToken())
    await pass(clock, 30_000, 100)
    const { code, retryAt } = await end
    expect(code).toBe('rate_limited')
    expect(Number(retryAt)).toBeGreaterThan(clock.now() - 20_000)
    expect(asked.length).toBeLessThanOrEqual(3)
  })
})

describe('the limit of a process', () => {
  it('costs a request that need not wait no timer', async () => {
    const { client, clock } = fleet(1)
    const timers: number[] = []
    const watched = {
      ...{ now: clock.now, monotonic: clock.monotonic },
      setTimeout: (callback: () => void, ms: number) => {
        timers.push(ms)
        return clock.setTimeout(callback, ms)
      },
    }
    await client(0, { clock: watched }).getDelegationToken()
    // The deadline of the request, and the wait of the caller.
    expect(timers.sort()).toEqual([10_000, 10_250])
  })

  it('is the smallest that an open client names', async () => {
    const { client, clock } = fleet(40)
    const strict = client(0, { rateLimit: { requestsPerMinute: 5 } })
    client(1, { rateLimit: { requestsPerMinute: 50 } })
    const codes = async (from: number): Promise<string[]> => {
      const calls = Array.from({ length: 10 }, (_, index) => client(from + index))
      const ends = calls.map((one) => outcomeOf(clock, one.getDelegationToken()))
      return (await Promise.all(ends)).map(({ code }) => code)
    }
    expect((await codes(2)).filter((code) => code === 'ok')).toHaveLength(5)
    await strict.close()
    expect((await codes(12)).filter((code) => code === 'ok')).toHaveLength(10)
  })

  it('counts whatever asks AuthSec: tokens, questions and their answers', async () => {
    const { client, clock, asked } = fleet(1, { users: ['approver@example.com'] })
    const approvals = { openPerApprover: 5 }
    const one = client(0, { rateLimit: { requestsPerMinute: 3 }, approvals })
    await one.getDelegationToken()
    const question = { approver: 'approver@example.com', message: 'Really?', action: { name: 'x' } }
    const pending = await one.startApproval(question)
    await one.pollApproval(pending)
    const again = { ...question, message: 'Really now?' }
    expect(await rejection(one.startApproval(again))).toMatchObject({
      code: 'approval_rate_limited',
      retryAt: expect.any(Date),
    })
    expect(await one.pollApproval(pending)).toMatchObject({ status: 'pending' })
    expect(asked).toHaveLength(3)
    expect(clock.monotonic()).toBe(0)
  })

  it('lets go of a wait at once when its signal aborts or its client is closed', async () => {
    const { client, clock } = fleet(4)
    const rateLimit = { requestsPerMinute: 1, queueMs: 120_000 }
    await client(0, { rateLimit }).getDelegationToken()
    const controller = new AbortController()
    const closed = client(1, { rateLimit })
    const ends = [
      rejection(client(2, { rateLimit }).getDelegationToken({ signal: controller.signal })),
      rejection(closed.getDelegationToken()),
    ]
    await settle()
    controller.abort(new Error('gave up'))
    await closed.close()
    expect(await Promise.all(ends)).toMatchObject([
      { message: 'gave up' },
      { code: 'client_closed' },
    ])
    expect(clock.monotonic()).toBe(0)
  })

  it('does not take the wait for the turn from the time of the request', async () => {
    const bench = fleet(3)
    const { client, clock, asked } = bench
    const rateLimit = { requestsPerMinute: 1, queueMs: 90_000 }
    await client(0, { rateLimit }).getDelegationToken()
    bench.answer = async () => {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1_500))
      return Response.json({ error: 'x' }, { status: 501 })
    }
    const end = outcomeOf(clock, client(1, { rateLimit, timeoutMs: 2_000 }).getDelegationToken())
    await pass(clock, 65_000, 500)
    expect(await end).toMatchObject({ at: 61_500, code: 'server_error' })
    expect(asked).toHaveLength(2)
  })

  it('says once a minute that requests wait', async () => {
    const { client, clock } = fleet(10)
    const warnings: string[] = []
    const onEvent = (event: AuthSecEvent): void => {
      if (event.type === 'warning') warnings.push(event.code)
    }
    const rateLimit = { requestsPerMinute: 2, queueMs: 600_000 }
    const ends = Array.from({ length: 10 }, (_, index) =>
      outcomeOf(clock, client(index, { rateLimit, onEvent }).getDelegationToken()),
    )
    await pass(clock, 300_000)
    await Promise.all(ends)
    expect(warnings).toEqual(Array(4).fill('rate_limit_wait'))
  })
})

describe('a thousand agents that got their tokens together', () => {
  it('refresh them spread out: in no second more than three times the mean', async () => {
    const { client, clock, asked } = fleet(1_000, { rateLimit: false, ttlSeconds: 3_600 })
    const rateLimit = { requestsPerMinute: 100_000 }
    const clients = Array.from({ length: 1_000 }, (_, index) => client(index, { rateLimit }))
    await Promise.all(clients.map((one) => one.getDelegationToken()))
    const before = asked.length
    await clock.advance(1_600_000)
    for (let second = 0; second < 400; second += 1) {
      await clock.advance(1_000)
      await Promise.all(clients.map((one) => one.getDelegationToken()))
    }
    const refreshed = asked.slice(before)
    const first = new Map<string, number>()
    for (const { id, at } of refreshed) if (!first.has(id)) first.set(id, Math.floor(at / 1_000))
    const perSecond = [...Map.groupBy(first.values(), (second) => second).values()]
    const counts = perSecond.map((group) => group.length)
    expect(first.size).toBe(1_000)
    expect(Math.max(...counts) / (1_000 / 360)).toBeLessThanOrEqual(3)
  }, 120_000)
})

describe('agents that wait for one that asks whether AuthSec has room again', () => {
  it.each([
    ['a probe that hangs', 9_000],
    ['a probe that takes a second', 1_000],
    ['a probe that is answered at once', 0],
  ])('set few timers during %s', async (_what, ms) => {
    const { client, clock } = fleet(5)
    let timers = 0
    const counting: Clock = {
      ...clock,
      setTimeout(...args) {
        timers += 1
        return clock.setTimeout(...args)
      },
    }
    let probes = 0
    const late = async (): Promise<Response> => {
      probes += 1
      if (probes === 1) return new Response('{}', { status: 429 })
      if (ms > 0) await new Promise<void>((resolve) => void clock.setTimeout(resolve, ms))
      return new Response('{}', { status: 503 })
    }
    const options = { clock: counting, fetch: late, rateLimit: { queueMs: 60_000 } }
    const calls = [0, 1, 2, 3, 4].map((index) =>
      client(index, options)
        .getDelegationToken()
        .catch(() => undefined),
    )
    await clock.advance(6_000)
    timers = 0
    await clock.advance(3_000)
    expect(timers).toBeLessThan(100)
    await clock.advance(300_000)
    await Promise.all(calls)
  })
})
