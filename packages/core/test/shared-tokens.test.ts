import { rejection } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { DelegationError } from '../src/errors.ts'
import { createMemoryStore } from '../src/store.ts'
import { keyOf } from './support/durable-keys.ts'
import { sharedBench, TOKEN_KEYS, until } from './support/shared-bench.ts'

const jwtOf = async (client: AuthSecClient): Promise<string> =>
  (await client.getDelegationToken()).value

describe('processes that share a store and token keys', () => {
  it('ask AuthSec once, when one starts after the other', async () => {
    const bench = sharedBench()
    const values = []
    for (let start = 0; start < 5; start++) values.push(await jwtOf(bench.process()))
    expect([new Set(values).size, bench.asked.length]).toEqual([1, 1])
  })

  it.each([2, 10, 50])('ask AuthSec once, when %i start at the same time', async (count) => {
    const bench = sharedBench()
    const calls = Array.from({ length: count }, () => jwtOf(bench.process()))
    const values = await bench.run(Promise.all(calls))
    expect([new Set(values).size, bench.asked.length]).toEqual([1, 1])
    expect(bench.store.leases.size).toBe(0)
  })

  it.each([30, 50, 60, 700])(
    'ask AuthSec once, although each is busy for %i ms while it looks',
    async (ms) => {
      const bench = sharedBench()
      const busyProcess = (): AuthSecClient => {
        let busyMs = 0
        return bench.process({
          clock: { ...bench.clock, monotonic: () => bench.clock.monotonic() + busyMs },
          store: {
            ...bench.store,
            get: async (key) => {
              busyMs += ms
              return bench.store.get(key)
            },
          },
        })
      }
      const values = await bench.run(Promise.all([1, 2, 3].map(() => jwtOf(busyProcess()))))
      expect([new Set(values).size, bench.asked.length]).toEqual([1, 1])
    },
  )

  it('ask AuthSec once each at most, where the store has no leases', async () => {
    const bench = sharedBench()
    const { lease: _none, ...store } = bench.store
    const calls = Array.from({ length: 10 }, () => jwtOf(bench.process({ store })))
    const values = await bench.run(Promise.all(calls))
    expect(new Set(values).size).toBe(1)
    expect(bench.asked.length).toBeLessThanOrEqual(10)
    await jwtOf(bench.process({ store }))
    expect(bench.asked.length).toBeLessThanOrEqual(10)
  })

  it('say that they asked only where they did', async () => {
    const bench = sharedBench()
    await jwtOf(bench.process())
    await jwtOf(bench.process())
    const types = bench.events.map(({ type }) => type).filter((type) => type.startsWith('token.'))
    expect(types).toEqual(['token.requested', 'token.acquired', 'token.acquired'])
  })

  it('work over the memory store', async () => {
    const bench = sharedBench()
    const store = createMemoryStore()
    await jwtOf(bench.process({ store }))
    await jwtOf(bench.process({ store }))
    expect(bench.asked.length).toBe(1)
  })

  it('leave the store alone while the token is fresh', async () => {
    const bench = sharedBench()
    const client = bench.process()
    await client.getDelegationToken()
    const cold = bench.store.calls.length
    expect(bench.store.calls).toEqual(['get', 'lease', 'get', 'set', 'release'])
    await bench.clock.advance(1_500_000)
    for (let call = 0; call < 1_000; call++) await client.getDelegationToken()
    expect(bench.store.calls.length).toBe(cold)
  })

  it('keep the token to themselves without token keys', async () => {
    const bench = sharedBench()
    await jwtOf(bench.process({ tokenKeys: undefined }))
    await jwtOf(bench.process({ tokenKeys: undefined }))
    expect([bench.store.calls, bench.asked.length]).toEqual([[], 2])
  })

  it.each([
    ['another agent', { clientId: '11111111-2bd4-4792-9666-63162ee858c5' }],
    ['another server', { baseUrl: 'https://other.example.com' }],
    ['a configured tenant', { tenantId: '0b7a7b0e-2f0c-4a5e-9d43-1f0f5f3b6c01' }],
    ['another session', { apiToken: 'session' }],
    ['other keys', { tokenKeys: [keyOf('t1', 99)] }],
  ])('share nothing with %s', async (_what, options) => {
    const bench = sharedBench()
    await jwtOf(bench.process())
    bench.delegate('11111111-2bd4-4792-9666-63162ee858c5')
    await jwtOf(bench.process(options))
    expect([bench.asked.length, bench.store.entries.size]).toEqual([2, 2])
    expect(bench.events.filter(({ type }) => type === 'warning')).toEqual([])
  })
})

describe('a process whose own limit has no turn for an agent', () => {
  const other = '11111111-2bd4-4792-9666-63162ee858c5'
  const rateLimit = { requestsPerMinute: 1, queueMs: 0 }

  it('serves the token as soon as another process has it', async () => {
    const bench = sharedBench()
    const clock = { ...bench.clock }
    bench.delegate(other)
    await jwtOf(bench.process({ clock, clientId: other, rateLimit }))
    const refused = bench.process({ clock, rateLimit })
    expect(await rejection(jwtOf(refused))).toMatchObject({ code: 'rate_limited' })
    expect(await rejection(jwtOf(refused))).toMatchObject({ code: 'rate_limited' })
    const value = await jwtOf(bench.process())
    expect(await jwtOf(refused)).toBe(value)
    expect(bench.asked).toHaveLength(2)
  })

  it.each([
    ['within a minute, in which another process may have it', TOKEN_KEYS, 30_000, 60_000],
    ['when its turn comes, where no token is shared', undefined, 240_000, 300_001],
  ])('says that it is worth to come again %s', async (_when, tokenKeys, least, most) => {
    const bench = sharedBench()
    const clock = { ...bench.clock }
    const ids = [0, 1, 2, 3, 4, 5].map((digit) => `${digit}`.repeat(8) + other.slice(8))
    const waits = []
    for (const clientId of ids) {
      bench.delegate(clientId)
      const client = bench.process({ clock, clientId, rateLimit, tokenKeys })
      const error: unknown = await jwtOf(client).catch((cause: unknown) => cause)
      if (DelegationError.isInstance(error)) waits.push(Number(error.retryAt) - clock.now())
    }
    expect(waits).toHaveLength(5)
    expect(waits.at(-1)).toBeGreaterThanOrEqual(least)
    expect(waits.at(-1)).toBeLessThanOrEqual(most)
  })

  it('looks for it nowhere while no token is shared', async () => {
    const bench = sharedBench()
    const clock = { ...bench.clock }
    const alone = { tokenKeys: undefined, clock, rateLimit }
    bench.delegate(other)
    await jwtOf(bench.process({ ...alone, clientId: other }))
    const refused = bench.process(alone)
    const first = await rejection(jwtOf(refused))
    expect(first).toMatchObject({ code: 'rate_limited' })
    expect(await rejection(jwtOf(refused))).toBe(first)
    expect([bench.store.calls, bench.asked.length]).toEqual([[], 1])
  })
})

describe('a refresh of a shared token', () => {
  it('that AuthSec answered with the same token saves the other processes theirs', async () => {
    const bench = sharedBench()
    bench.delegate(undefined, 43_200)
    const clients = Array.from({ length: 10 }, () => bench.process())
    for (let minute = 0; minute < 719; minute++) {
      await bench.run(Promise.all(clients.map((client) => client.getDelegationToken())))
      await bench.clock.advance(60_000)
    }
    // One process alone asks 9 to 16 times.
    expect(bench.asked.length).toBeGreaterThan(5)
    expect(bench.asked.length).toBeLessThanOrEqual(25)
  }, 60_000)

  it('that AuthSec answered with a new token gives it to the others', async () => {
    const bench = sharedBench()
    const [one, two] = [bench.process(), bench.process()]
    await jwtOf(one)
    await jwtOf(two)
    await bench.clock.advance(2_000_000)
    const next = bench.delegate()
    await jwtOf(one)
    await until(() => bench.store.calls.filter((call) => call === 'set').length === 2)
    const acquired = bench.events.length
    await jwtOf(two)
    await until(() => bench.events.length > acquired)
    expect([await jwtOf(one), await jwtOf(two), bench.asked.length]).toEqual([next, next, 2])
  })

  it('takes no token that was issued before its own', async () => {
    const bench = sharedBench()
    await jwtOf(bench.process())
    const [older = ['', '']] = bench.store.entries
    await bench.clock.advance(10_000)
    const newer = bench.delegate()
    const client = bench.process()
    await client.getDelegationToken({ forceRefresh: true })
    await bench.clock.advance(2_000_000)
    await bench.store.set(...older, 1_000_000)
    expect(await jwtOf(client)).toBe(newer)
    await until(() => bench.asked.length === 3)
    await until(() => bench.store.entries.get(older[0]) !== older[1])
    expect(await jwtOf(client)).toBe(newer)
  })

  it('that the program forces asks AuthSec, and the others read the answer', async () => {
    const bench = sharedBench()
    const client = bench.process()
    await jwtOf(client)
    const next = bench.delegate()
    const token = await client.getDelegationToken({ forceRefresh: true })
    expect([token.value, bench.asked.length]).toEqual([next, 2])
    expect([await jwtOf(bench.process()), bench.asked.length]).toEqual([next, 2])
  })
})

describe('a shared token that an API rejected', () => {
  it('is asked about at AuthSec, although it is in the store', async () => {
    const bench = sharedBench()
    const client = bench.process()
    const rejected = await client.getDelegationToken()
    const next = bench.delegate()
    const token = await client.getDelegationToken({ rejected })
    expect([token.value, bench.asked.length]).toEqual([next, 2])
  })

  it('is replaced by a newer one that another process got just now', async () => {
    const bench = sharedBench()
    const [one, two] = [bench.process(), bench.process()]
    const rejected = await one.getDelegationToken()
    await two.getDelegationToken()
    await bench.clock.advance(5_000)
    const next = bench.delegate()
    await one.getDelegationToken({ rejected })
    expect((await two.getDelegationToken({ rejected })).value).toBe(next)
    expect(bench.asked.length).toBe(2)
  })

  it('is asked about when the newer one was got a while ago', async () => {
    const bench = sharedBench()
    const [one, two] = [bench.process(), bench.process()]
    const rejected = await one.getDelegationToken()
    await two.getDelegationToken()
    await bench.clock.advance(5_000)
    bench.delegate()
    await one.getDelegationToken({ rejected })
    await bench.clock.advance(31_000)
    const last = bench.delegate()
    expect((await two.getDelegationToken({ rejected })).value).toBe(last)
    expect(bench.asked.length).toBe(3)
  })

  it('is asked about once by many processes that are told at the same time', async () => {
    const bench = sharedBench()
    const clients = Array.from({ length: 20 }, () => bench.process())
    const tokens = await bench.run(Promise.all(clients.map((one) => one.getDelegationToken())))
    const [rejected] = tokens
    if (!rejected) throw new Error('There is no token.')
    const again = clients.map((one) => one.getDelegationToken({ rejected }))
    const answers = await bench.run(Promise.all(again))
    expect(new Set(answers.map(({ value }) => value))).toEqual(new Set([rejected.value]))
    expect(bench.asked.length).toBe(2)
  })
})

describe('a delegation that ended', () => {
  it('takes its token out of the store', async () => {
    const bench = sharedBench()
    const client = bench.process()
    await jwtOf(client)
    bench.revoke()
    await rejection(client.getDelegationToken({ forceRefresh: true }))
    expect(bench.store.entries.size).toBe(0)
    expect(await rejection(jwtOf(bench.process()))).toMatchObject({
      code: 'no_active_delegation',
    })
  })

  it('takes its token out of the store for a process that never had it', async () => {
    const bench = sharedBench()
    await jwtOf(bench.process())
    await bench.clock.advance(5_000)
    bench.revoke()
    await rejection(bench.process().getDelegationToken({ forceRefresh: true }))
    expect(bench.store.entries.size).toBe(0)
  })

  it('leaves the token of a newer delegation in the store', async () => {
    const bench = sharedBench()
    const [late, quick] = [bench.process(), bench.process()]
    await jwtOf(late)
    await jwtOf(quick)
    await bench.clock.advance(60_000)
    bench.answer(async () => {
      bench.answer(undefined)
      bench.delegate()
      await quick.getDelegationToken({ forceRefresh: true })
      return Response.json({ error: 'No active delegation token found' }, { status: 404 })
    })
    await rejection(late.getDelegationToken({ forceRefresh: true }))
    expect(bench.store.entries.size).toBe(1)
    expect(await jwtOf(bench.process())).toBe(await jwtOf(quick))
  })
})

describe('an outage of AuthSec', () => {
  it('is not seen by a process that starts while the store has a token', async () => {
    const bench = sharedBench()
    const value = await jwtOf(bench.process())
    bench.answer(async () => new Response('', { status: 503 }))
    for (const seconds of [0, 2_000, 1_000]) {
      await bench.clock.advance(seconds * 1_000)
      expect(await jwtOf(bench.process())).toBe(value)
    }
    await bench.clock.advance(700_000)
    expect(await rejection(bench.run(jwtOf(bench.process())))).toMatchObject({
      code: 'server_error',
    })
  })
})

describe('a process that was killed while it asked', () => {
  it.each([10_000, 3_000, 30_000])(
    'costs the others one lease and one more request, with a timeout of %i ms',
    async (timeoutMs) => {
      const bench = sharedBench()
      bench.answer(() => new Promise(() => undefined))
      const killed = bench.process({ timeoutMs })
      const lost = rejection(jwtOf(killed))
      await until(() => bench.asked.length === 1)
      bench.answer(undefined)
      const startedAt = bench.clock.monotonic()
      const calls = Array.from({ length: 30 }, () => jwtOf(bench.process({ timeoutMs })))
      const values = await bench.run(Promise.all(calls))
      expect([new Set(values).size, bench.asked.length]).toEqual([1, 2])
      const leaseMs = Math.min(10_000, timeoutMs / 3)
      expect(bench.clock.monotonic() - startedAt).toBeLessThanOrEqual(leaseMs + 600)
      await killed.close()
      await lost
    },
  )

  it('is not waited for by a client that is closed', async () => {
    const bench = sharedBench()
    bench.answer(() => new Promise(() => undefined))
    const killed = bench.process()
    const lost = rejection(jwtOf(killed))
    await until(() => bench.asked.length === 1)
    const client = bench.process()
    const waiting = rejection(jwtOf(client))
    await until(() => bench.store.calls.filter((call) => call === 'lease').length === 2)
    await client.close()
    expect(await waiting).toMatchObject({ code: 'client_closed' })
    await killed.close()
    await lost
  })
})

describe('token keys that are replaced', () => {
  const [old, next] = [TOKEN_KEYS[0] ?? keyOf('t1', 61), keyOf('t2', 71)]

  it('let every process read what the others wrote, in each step', async () => {
    const bench = sharedBench()
    const steps = [[old], [old, next], [next, old], [next]]
    for (const [index, step] of steps.entries()) {
      const following = steps[index + 1]
      if (!following) break
      bench.delegate()
      bench.store.entries.clear()
      const before = bench.asked.length
      await jwtOf(bench.process({ tokenKeys: step }))
      const last = index === steps.length - 2 ? step : following
      await jwtOf(bench.process({ tokenKeys: last }))
      expect(bench.asked.length - before, `step ${index}`).toBe(1)
    }
  })

  it('let the answer that AuthSec gave last stand before an older one', async () => {
    const bench = sharedBench()
    await jwtOf(bench.process({ tokenKeys: [next] }))
    await bench.clock.advance(60_000)
    const newest = bench.delegate()
    await jwtOf(bench.process({ tokenKeys: [old] }))
    expect(await jwtOf(bench.process({ tokenKeys: [next, old] }))).toBe(newest)
    expect(bench.asked.length).toBe(2)
  })
})

describe('clocks of processes that share a token', () => {
  const shifted = (bench: ReturnType<typeof sharedBench>, ms: number) => ({
    clock: {
      now: () => bench.clock.now() + ms,
      monotonic: bench.clock.monotonic,
      setTimeout: bench.clock.setTimeout,
    },
  })

  it.each([
    ['10 minutes behind, both', -600_000, -600_000],
    ['10 minutes behind, the writer', -600_000, 0],
    ['10 minutes ahead, the writer', 600_000, 0],
    ['10 minutes ahead, both', 600_000, 600_000],
    ['10 minutes ahead, the reader', 0, 600_000],
  ])('may be wrong by %s: no token is served after its end', async (_what, writer, reader) => {
    const bench = sharedBench()
    const value = await jwtOf(bench.process(shifted(bench, writer)))
    const client = bench.process(shifted(bench, reader))
    expect(await jwtOf(client)).toBe(value)
    await bench.clock.advance(3_601_000)
    const next = bench.delegate()
    expect(await bench.run(jwtOf(client))).toBe(next)
  })

  it('that are ahead by more than the life of a token cost a request and no call', async () => {
    const bench = sharedBench()
    await jwtOf(bench.process())
    const client = bench.process(shifted(bench, 7_200_000))
    await jwtOf(client)
    expect(bench.asked.length).toBe(2)
  })
})
