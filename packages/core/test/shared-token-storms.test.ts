import { createRandom } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecClientOptions } from '../src/config/client-options.ts'
import { type SharedBench, sharedBench } from './support/shared-bench.ts'

const idOf = (index: number): string => `a0000000-0000-4000-8000-${String(index).padStart(12, '0')}`

/** The clients of all agents in one process, which share its limit. */
function fleetOf(bench: SharedBench, size: number, options: Partial<AuthSecClientOptions>) {
  const { now, monotonic, setTimeout } = bench.clock
  const clock = { now, monotonic, setTimeout }
  return Array.from({ length: size }, (_, index) =>
    bench.process({ clientId: idOf(index), clock, ...options }),
  )
}

async function storm(bench: SharedBench, clients: readonly AuthSecClient[]): Promise<string[]> {
  let left = clients.length
  const calls = clients.map(async (client) => {
    try {
      return (await client.getDelegationToken()).value
    } finally {
      left -= 1
    }
  })
  const all = Promise.all(calls)
  all.catch(() => undefined)
  while (left > 0) {
    await bench.clock.advance(100)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return all
}

const limitOf = (requestsPerMinute: number) => ({
  rateLimit: { requestsPerMinute, queueMs: 3_600_000 },
})

describe('two processes with many agents, whose turns come late', () => {
  it.each([
    ['one of them slow', 6, 60],
    ['both slow', 8, 8],
    ['one slower than the other', 5, 9],
    ['both fast', 1_000, 1_000],
  ])(
    'ask AuthSec once for each agent, %s',
    async (_what, first, second) => {
      const bench = sharedBench()
      const size = 24
      const values = Array.from({ length: size }, (_, index) => bench.delegate(idOf(index)))
      const one = fleetOf(bench, size, limitOf(first))
      const other = fleetOf(bench, size, limitOf(second))
      // In an order of its own, as processes have it.
      const random = createRandom(3)
      const mixed = other.map((client, index) => ({ client, index, at: random() }))
      mixed.sort((a, b) => a.at - b.at)
      const all = [...one, ...mixed.map(({ client }) => client)]
      const got = await storm(bench, all)
      expect(got.slice(0, size)).toEqual(values)
      expect(got.slice(size)).toEqual(mixed.map(({ index }) => values[index]))
      expect(bench.asked.length).toBe(size)
      await Promise.all(all.map((client) => client.close()))
      await bench.clock.advance(1)
      expect([...bench.store.leases.values()].filter((at) => at > bench.clock.now())).toEqual([])
    },
    60_000,
  )
})
