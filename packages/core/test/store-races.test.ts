import { mkdirSync, rmSync } from 'node:fs'
import { createFakeClock } from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sweepClaim, takeClaim } from '../src/store/claim-files.ts'
import { takeLease } from '../src/store/lease-files.ts'
import { openStoreFolder } from '../src/store/store-folder.ts'
import { storeDirectory } from './support/store-directory.ts'

/** Pauses before and after each operation of the file system, so that callers overtake one another anywhere. */
const pauses = vi.hoisted(() => {
  let state = 1
  /** Mulberry32. */
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    seed: (value: number): void => {
      state = value
    },
    async pause(): Promise<void> {
      // Mostly none, sometimes longer than all that another caller has to do.
      const turns = random() < 0.8 ? 0 : Math.floor(random() * 60)
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
  }
})

vi.mock('node:fs/promises', async (original) => {
  const real = await original<Record<string, unknown>>()
  const paused = Object.entries(real).map(([name, operation]) => {
    if (typeof operation !== 'function') return [name, operation] as const
    const slow = async (...args: unknown[]): Promise<unknown> => {
      await pauses.pause()
      const result: unknown = await operation(...args)
      await pauses.pause()
      return result
    }
    return [name, slow] as const
  })
  return Object.fromEntries(paused)
})

const seed = Number(process.env['AUTHSEC_TEST_SEED'] ?? Date.now() % 2 ** 31)
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.log(`AUTHSEC_TEST_SEED=${seed}`)
})

describe('callers who overtake one another between any two operations', () => {
  const TTL = 60_000

  /** What of `count` callers have the ID, while others sweep it. */
  async function race(
    folder: ReturnType<typeof openStoreFolder>,
    id: string,
    now: number,
    count: number,
  ): Promise<number> {
    const home = folder.path('claims', id)
    const sweeps = Array.from({ length: 2 }, () => sweepClaim(home, now).catch(() => undefined))
    const claims = Array.from({ length: count }, () => takeClaim(folder, id, now, TTL))
    const [results] = await Promise.all([Promise.all(claims), ...sweeps])
    return results.filter(Boolean).length
  }

  it.each([
    ['new', 'a claim that is new'],
    ['ended', 'a claim that has ended'],
    ['empty', 'a folder that a sweep has left'],
  ])('are one winner and the others losers of %s: %s', async (kind) => {
    using directory = storeDirectory()
    const folder = openStoreFolder(directory.path)
    pauses.seed(seed)
    let now = createFakeClock().now()
    for (let round = 0; round < 150; round++) {
      const home = folder.path('claims', 'id')
      if (kind !== 'ended') rmSync(home, { recursive: true, force: true })
      if (kind === 'empty') mkdirSync(home)
      expect(await race(folder, 'id', now, 6), `round ${round}`).toBe(1)
      expect(await race(folder, 'id', now + TTL - 1, 2), `round ${round}`).toBe(0)
      now += TTL
    }
  })

  it('never hold a lease together, however often they give it back or let it end', async () => {
    using directory = storeDirectory()
    const folder = openStoreFolder(directory.path)
    const home = folder.path('leases', 'key')
    pauses.seed(seed)
    let now = createFakeClock().now()
    let holder: object | undefined
    let turns = 0
    /** Every third holder forgets its lease, which ends, and gives it back when others have it. */
    const turn = async (number: number): Promise<void> => {
      const release = await takeLease(folder, 'key', now, TTL)
      if (release === undefined) return
      const self = {}
      expect(holder, `turn ${turns}`).toBeUndefined()
      holder = self
      turns += 1
      await pauses.pause()
      expect(holder).toBe(self)
      holder = undefined
      if (number % 3 === 0) now += TTL
      await release()
      await release()
    }
    for (let round = 0; round < 100; round++) {
      const sweeps = Array.from({ length: 2 }, () => sweepClaim(home, now).catch(() => undefined))
      await Promise.all([...Array.from({ length: 6 }, (_, number) => turn(number)), ...sweeps])
    }
    expect(turns).toBeGreaterThan(100)
  })
})
