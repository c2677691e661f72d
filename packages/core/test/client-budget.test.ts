import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  startServer,
  testClient,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { SlidingSum } from '../src/policy/sliding-sum.ts'
import { defineSecureFetch } from '../src/tool/define-secure-fetch.ts'

/** A client and its emulator in one process, on a clock that stands still. */
function setUp(budget: AuthSecClientOptions['budget']) {
  const clock = createFakeClock()
  const emulator = inProcessEmulator({ clock })
  const client = inProcessClient(emulator, { clock, budget })
  const vaultCalls = (): number =>
    emulator.requests.filter(({ path }) => path.startsWith('/secure-vault')).length
  return { clock, emulator, client, vaultCalls }
}

const FREED = 65_000

describe('the budget of a client', () => {
  it.each([
    [
      'secureFetch',
      (client: ReturnType<typeof setUp>['client']) => client.secureFetch({ endpoint: 'metrics' }),
    ],
    [
      'secureFetch in a new run each time',
      (client, n) => client.secureFetch({ endpoint: 'metrics' }, { run: `run ${n}` }),
    ],
    ['fetch', (client) => client.fetch('https://emulator.test/secure-vault/metrics')],
    [
      'calls that fail',
      (client, n) =>
        n < 5
          ? client.secureFetch({ endpoint: 'nothing' })
          : client.secureFetch({ endpoint: 'metrics' }),
    ],
  ] satisfies [
    string,
    (client: ReturnType<typeof setUp>['client'], n: number) => Promise<unknown>,
  ][])(
    'stops a loop over %s without a connection, and frees up when its window has passed',
    async (_what, call) => {
      const { client, clock, emulator, vaultCalls } = setUp({ callsPerWindow: 5 })
      for (let n = 0; n < 5; n++) await call(client, n)
      const before = emulator.requests.length
      for (let n = 5; n < 20; n++) {
        const error = await rejection(call(client, n))
        expect(error).toMatchObject({
          code: 'budget_exceeded',
          message: expect.stringMatching(/calls.*Stop/),
          hint: expect.stringMatching(/budget\.callsPerWindow.*\(5 in 60000 ms\).*Infinity/),
          retryAt: new Date(clock.now() + FREED),
        })
      }
      expect(emulator.requests).toHaveLength(before)
      await clock.advance(FREED - 1)
      await rejection(call(client, 20))
      await clock.advance(1)
      await call(client, 21)
      expect(vaultCalls()).toBe(6)
    },
  )

  it('holds in every window, not only in those that begin with the client', async () => {
    const { client, clock, vaultCalls } = setUp({ callsPerWindow: 6, windowMs: 12_000 })
    const at: number[] = []
    for (let second = 0; second < 60; second++) {
      const call = client.secureFetch({ endpoint: 'metrics' })
      if (await call.then(Boolean, () => false)) at.push(clock.monotonic())
      await clock.advance(1_000)
    }
    const most = Math.max(...at.map((end) => at.filter((t) => t > end - 12_000 && t <= end).length))
    expect(most).toBe(6)
    // It frees up part by part, at most a twelfth of the window late.
    expect(vaultCalls()).toBeGreaterThanOrEqual(27)
  })

  it('counts the bytes of answers, of secureFetch and of streams that are read or cancelled', async () => {
    const url = 'https://emulator.test/secure-vault/metrics'
    for (const last of [
      async ({ client }: ReturnType<typeof setUp>) =>
        void (await client.secureFetch({ endpoint: 'metrics' })),
      async ({ client }: ReturnType<typeof setUp>) => void (await (await client.fetch(url)).text()),
      async ({ client }: ReturnType<typeof setUp>) => {
        const reader = (await client.fetch(url)).body?.getReader()
        await reader?.read()
        await reader?.cancel()
      },
    ]) {
      const parts = setUp({ bytesPerWindow: 50 })
      await last(parts)
      expect(await rejection(parts.client.secureFetch({ endpoint: 'metrics' }))).toMatchObject({
        code: 'budget_exceeded',
        message: expect.stringMatching(/data/),
        hint: expect.stringMatching(/bytesPerWindow/),
      })
      await parts.clock.advance(FREED)
      await parts.client.secureFetch({ endpoint: 'metrics' })
    }
  })

  it('limits calls at one time over all runs, and a call that ended makes room', async () => {
    await using emulator = await testEmulator()
    const client = testClient(emulator, { budget: { concurrentCallsPerClient: 3 } })
    const call = (run?: string): Promise<unknown> =>
      client.secureFetch({ endpoint: 'metrics' }, { run })
    const runs = ['a', 'b', undefined, 'c', undefined]
    const outcomes = await Promise.allSettled(runs.map((run) => call(run)))
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array(3).fill('fulfilled'),
      ...Array(2).fill('rejected'),
    ])
    expect(outcomes[3]).toMatchObject({ reason: { code: 'budget_exceeded', retryable: true } })
    emulator.control.failNext({ kind: 'status', status: 404 })
    await call('a')
    await Promise.all([call(), call('c'), call()])
  })

  it('takes nothing from the client for a call that the budget of its run refuses', async () => {
    const { client } = setUp({ callsPerRun: 1, callsPerWindow: 3 })
    const call = (run: string): Promise<unknown> =>
      client.secureFetch({ endpoint: 'metrics' }, { run })
    await call('one')
    for (let n = 0; n < 5; n++) expect((await rejection(call('one'))).message).toMatch(/This run/)
    await call('two')
    await call('three')
    expect((await rejection(call('four'))).message).toMatch(/The agent/)
  })

  it('tells a model to stop, not to try again', async () => {
    const { client } = setUp({ callsPerWindow: 1 })
    const tool = defineSecureFetch(client)
    await tool.execute({ endpoint: 'metrics' })
    expect(await tool.execute({ endpoint: 'metrics' })).toEqual({
      ok: false,
      code: 'budget_exceeded',
      message: expect.stringMatching(/Stop calling/),
      retryable: false,
    })
  })

  it('does not count what was refused before it could be sent', async () => {
    const { client } = setUp({ callsPerWindow: 1 })
    await rejection(client.secureFetch({ endpoint: '../admin' }))
    await rejection(client.secureFetch({ endpoint: 'metrics', method: 'DELETE' }))
    await rejection(client.fetch('https://evil.test/'))
    await client.plan({ endpoint: 'metrics' })
    await client.secureFetch({ endpoint: 'metrics' })
  })

  it('is there by default: a loop is stopped, and a thousand callers at once are not', async () => {
    let count = 0
    await using api = await startServer((_request, response) => {
      count += 1
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
    await using emulator = await testEmulator()
    const client = testClient(emulator, { resources: [{ name: 'api', baseUrl: api.baseUrl }] })
    await Promise.all(Array.from({ length: 1_000 }, () => client.secureFetch({ endpoint: 'x' })))
    let error: unknown
    for (let n = 0; n < 10_000 && !error; n++) {
      error = await client.secureFetch({ endpoint: 'x' }).then(
        () => undefined,
        (reason: unknown) => reason,
      )
    }
    expect(error).toMatchObject({ code: 'budget_exceeded' })
    expect(count).toBe(3_000)
  })

  it('is lifted by Infinity', async () => {
    const { client } = setUp({
      callsPerWindow: Number.POSITIVE_INFINITY,
      bytesPerWindow: Number.POSITIVE_INFINITY,
      concurrentCallsPerClient: Number.POSITIVE_INFINITY,
    })
    const calls = Array.from({ length: 3_100 }, () => client.secureFetch({ endpoint: 'metrics' }))
    expect(await Promise.all(calls)).toHaveLength(3_100)
  })
})

describe('a sliding sum', () => {
  it('is never below the true one, and at most a twelfth of the window behind it', async () => {
    const clock = createFakeClock()
    const sum = new SlidingSum(1_200, clock)
    const added: { at: number; amount: number }[] = []
    let seed = 7
    const random = (most: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % most
    }
    for (let step = 0; step < 500; step++) {
      const within = (ms: number): number =>
        added.reduce((all, { at, amount }) => (at > clock.monotonic() - ms ? all + amount : all), 0)
      expect(sum.value()).toBeGreaterThanOrEqual(within(1_200))
      expect(sum.value()).toBeLessThanOrEqual(within(1_301))
      const amount = random(5)
      sum.add(amount)
      added.push({ at: clock.monotonic(), amount })
      await clock.advance(random(10) === 0 ? random(5_000) : random(150))
    }
  })

  it('frees nothing when the clock goes back or stands still', () => {
    let now = 10_000
    const sum = new SlidingSum(1_000, { ...createFakeClock(), monotonic: () => now })
    sum.add(3)
    now = 2_000
    sum.add(1)
    expect(sum.value()).toBe(4)
    now = 12_000
    expect(sum.value()).toBe(0)
  })
})
