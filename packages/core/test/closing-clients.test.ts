import { createFakeClock, rejection, settle } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecStore } from '../src/store/store.ts'
import { waitFor } from '../src/support/clock.ts'
import { AGENT, sharedBench, until } from './support/shared-bench.ts'

/** What would end a process that has no handler of its own. */
async function unhandledIn(work: () => Promise<unknown>): Promise<readonly unknown[]> {
  const seen: unknown[] = []
  const listener = (error: unknown): void => void seen.push(error)
  process.on('unhandledRejection', listener)
  try {
    await work()
    await settle()
    return seen
  } finally {
    process.off('unhandledRejection', listener)
  }
}

const gone = new Error('gone')
const fails = async (): Promise<never> => {
  throw new Error('Connection is closed.')
}
const failsLater = async (): Promise<never> => {
  await settle()
  return fails()
}

describe('a wait that is over before it begins', () => {
  const aborted = AbortSignal.abort(gone)
  it.each([
    ['fails at once', 'signal', fails, { signal: aborted }],
    ['fails later', 'signal', failsLater, { signal: aborted }],
    ['fails at once', 'closing', fails, { closing: aborted }],
    ['fails later', 'closing', failsLater, { closing: aborted }],
  ] as const)('handles work that %s, by its %s', async (_when, _by, work, options) => {
    const unhandled = await unhandledIn(async () => {
      expect(await rejection(waitFor(work(), createFakeClock(), 10, options))).toBe(gone)
    })
    expect(unhandled).toEqual([])
  })

  it('still tells of work that failed when nobody had ended it', async () => {
    const { signal } = new AbortController()
    const error = await rejection(waitFor(fails(), createFakeClock(), 10, { signal }))
    expect(error.message).toBe('Connection is closed.')
  })
})

describe('a client that is closed while its store ends', () => {
  const times = ['set', 'remove'] as const
  it.each(times.flatMap((work) => [0, 1, 2, 3, 5].map((turns) => [work, turns] as const)))(
    'leaves no rejection behind when it ends during a %s, after %i turns',
    async (work, turns) => {
      const bench = sharedBench()
      let isDown = false
      const orDown =
        <Args extends unknown[], T>(method: (...args: Args) => Promise<T>) =>
        async (...args: Args): Promise<T> =>
          isDown ? failsLater() : method(...args)
      const { get, set, delete: remove } = bench.store
      const down = { get: orDown(get), set: orDown(set), delete: orDown(remove) }
      const client = bench.process({ store: { ...bench.store, ...down } })
      const value = bench.delegate()
      await bench.run(client.getDelegationToken())
      bench.answer(async () => {
        void closeAfter(turns)
        if (work === 'set') return Response.json({ token: value, client_id: AGENT })
        const body = { error: 'No active delegation token found for this client' }
        return Response.json(body, { status: 404 })
      })
      const closeAfter = async (left: number): Promise<void> => {
        for (let turn = 0; turn < left; turn++) await new Promise((next) => setImmediate(next))
        isDown = true
        await client.close()
      }
      const unhandled = await unhandledIn(async () => {
        await bench.run(client.getDelegationToken({ forceRefresh: true }).catch(() => undefined))
        await new Promise((resolve) => setTimeout(resolve, 20))
      })
      expect(unhandled).toEqual([])
    },
  )

  it.each([
    ['that came before its lease', 20, 5],
    ['whose lease came in the same moment but one', 20, 19],
    ['long before its lease', 45, 1],
    ['before a lease that comes after its bound', 400, 10],
  ])('gives back the lease, by a close %s', async (_when, leaseMs, closeMs) => {
    const bench = sharedBench()
    let leases = 0
    const lease: AuthSecStore['lease'] = async (key, ttlMs) => {
      leases += 1
      await new Promise<void>((resolve) => void bench.clock.setTimeout(resolve, leaseMs))
      return bench.store.lease(key, ttlMs)
    }
    const client = bench.process({ store: { ...bench.store, lease } })
    const call = rejection(client.getDelegationToken())
    await until(() => leases === 1)
    await bench.clock.advance(closeMs)
    await client.close()
    expect(await call).toMatchObject({ code: 'client_closed' })
    await bench.clock.advance(leaseMs)
    expect([...bench.store.calls].sort()).toEqual(['get', 'lease', 'release'])
    expect(bench.store.leases.size).toBe(0)
    const startedAt = bench.clock.monotonic()
    await bench.run(bench.process().getDelegationToken())
    expect(bench.clock.monotonic() - startedAt).toBeLessThanOrEqual(100)
  })
})
