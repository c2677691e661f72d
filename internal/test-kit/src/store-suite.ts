import type { AuthSecStore, Clock, Lease } from '@authsec/core'
import { describe, expect, it } from 'vitest'
import { rejection } from './emulators.ts'
import { oddTexts } from './odd-texts.ts'
import { exactPace, realPace, type StorePace } from './store-pace.ts'

export interface StoreSuite {
  /** Names the store in test titles. */
  readonly what: string
  /** Lends a store that is new and empty. Without a clock its time is real. */
  withStore(use: (store: AuthSecStore) => Promise<void>, clock?: Clock): Promise<void>
  /** For a store whose time is kept elsewhere, such as by a server: tests wait. Default: a fake clock. */
  readonly realTime?: boolean
}

const DAY = 86_400_000

/** What every store with leases does, whatever it keeps its entries in. */
export function describeStore({ what, withStore, realTime = false }: StoreSuite): void {
  const pace = realTime ? realPace : exactPace
  const timed = async (test: (store: AuthSecStore, time: StorePace) => Promise<void>) => {
    const time = pace()
    await withStore((store) => test(store, time), time.clock)
  }

  describe(`a store in ${what}`, () => {
    describe('with values', () => valueTests(withStore, timed))
    describe('with claims', () => claimTests(timed))
    describe('with leases', () => leaseTests(withStore, timed))
    describe('with odd arguments', () => argumentTests(withStore))
    if (!realTime) it('rounds the fraction of a time up', () => timed(roundsUp))
  })
}

type WithStore = StoreSuite['withStore']
type Timed = (test: (store: AuthSecStore, time: StorePace) => Promise<void>) => Promise<void>

function valueTests(withStore: WithStore, timed: Timed): void {
  it('gives back what was set, replaces it, and forgets what was deleted', () =>
    withStore(async (store) => {
      expect(await store.get('key')).toBeUndefined()
      await store.set('key', 'first', DAY)
      await store.set('key', 'second', DAY)
      expect(await store.get('key')).toBe('second')
      await store.delete('key')
      await store.delete('key')
      expect(await store.get('key')).toBeUndefined()
    }))

  it('forgets a value when its time is up, and counts from the last time it was set', () =>
    timed(async (store, { ttlMs, almost, rest }) => {
      await store.set('key', 'value', ttlMs)
      await almost()
      expect(await store.get('key')).toBe('value')
      await store.set('key', 'value', ttlMs)
      await almost()
      expect(await store.get('key')).toBe('value')
      await rest()
      expect(await store.get('key')).toBeUndefined()
    }))
}

function claimTests(timed: Timed): void {
  it('gives a claim to one of many callers, and to the next one when its time is up', () =>
    timed(async (store, { ttlMs, almost, rest, rounds }) => {
      const race = async (): Promise<number> => {
        const results = await parallel(50, () => store.claim('id', ttlMs))
        return results.filter(Boolean).length
      }
      for (let round = 0; round < rounds; round++) {
        expect(await race()).toBe(1)
        await almost()
        expect(await race()).toBe(0)
        await rest()
      }
    }))
}

function leaseTests(withStore: WithStore, timed: Timed): void {
  it('gives a lease to one of many callers, and to the next one when it was released', () =>
    withStore(async (store) => {
      for (let round = 0; round < 5; round++) {
        const leases = await parallel(50, () => lease(store, 'key', DAY))
        const [held, second] = leases.filter((one) => one !== undefined)
        expect(held, `round ${round}`).toBeDefined()
        expect(second, `round ${round}`).toBeUndefined()
        expect(await lease(store, 'key', DAY)).toBeUndefined()
        await held?.release()
      }
    }))

  it('gives a lease to one of many callers, and to the next one when its time is up', () =>
    timed(async (store, { ttlMs, almost, rest, rounds }) => {
      const race = async (): Promise<number> => {
        const results = await parallel(50, () => lease(store, 'key', ttlMs))
        return results.filter((one) => one !== undefined).length
      }
      for (let round = 0; round < rounds; round++) {
        expect(await race()).toBe(1)
        await almost()
        expect(await race()).toBe(0)
        await rest()
      }
    }))

  it('leaves a lease to its new holder when the one before releases it late', () =>
    timed(async (store, { ttlMs, almost, rest }) => {
      const stale = await lease(store, 'key', ttlMs)
      await almost()
      await rest()
      const held = await lease(store, 'key', DAY)
      expect(held).toBeDefined()
      await Promise.all([stale?.release(), stale?.release()])
      expect(await lease(store, 'key', DAY)).toBeUndefined()
      await held?.release()
      await held?.release()
      await stale?.release()
      const next = await lease(store, 'key', DAY)
      expect(next).toBeDefined()
      await Promise.all([held?.release(), stale?.release()])
      expect(await lease(store, 'key', DAY)).toBeUndefined()
    }))

  it('lets many wait their turn, and none of them together', () =>
    withStore(async (store) => {
      let inside = 0
      let turns = 0
      const turn = async (): Promise<void> => {
        const held = await lease(store, 'key', DAY)
        if (held === undefined) {
          await new Promise((resolve) => setImmediate(resolve))
          return turn()
        }
        inside += 1
        expect(inside).toBe(1)
        await store.get('key')
        inside -= 1
        turns += 1
        return held.release()
      }
      await Promise.all(Array.from({ length: 8 }, turn))
      expect(turns).toBe(8)
    }))
}

function argumentTests(withStore: WithStore): void {
  it('keeps values, claims and leases apart', () =>
    withStore(async (store) => {
      expect(await store.claim('same', DAY)).toBe(true)
      expect(await store.get('same')).toBeUndefined()
      const held = await lease(store, 'same', DAY)
      expect(held).toBeDefined()
      await store.set('same', 'value', DAY)
      await held?.release()
      expect(await store.get('same')).toBe('value')
      await store.delete('same')
      expect(await store.claim('same', DAY)).toBe(false)
      expect(await lease(store, 'same', DAY)).toBeDefined()
    }))

  it('tells all keys, IDs and values apart, whatever their characters', () =>
    withStore(async (store) => {
      for (const [what, text] of oddTexts) {
        expect(await store.claim(text, DAY), what).toBe(true)
        expect(await store.get(text), what).toBeUndefined()
        expect(await lease(store, text, DAY), what).toBeDefined()
        await store.set(text, text, DAY)
      }
      for (const [what, text] of oddTexts) {
        expect((await store.get(text)) === text, what).toBe(true)
        expect(await store.claim(text, DAY), what).toBe(false)
        expect(await lease(store, text, DAY), what).toBeUndefined()
      }
    }))

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 30 * DAY + 1, '1000', null])(
    'refuses %s as a time, and leaves the ID free',
    (ttlMs) =>
      withStore(async (store) => {
        for (const call of [
          () => store.claim('id', ttlMs as number),
          () => store.set('key', 'value', ttlMs as number),
          () => lease(store, 'id', ttlMs as number),
        ]) {
          expect(await rejection(call())).toMatchObject({
            name: 'ConfigError',
            code: 'config_invalid',
            message: expect.stringMatching(/^ttlMs must be/),
          })
        }
        expect(await store.claim('id', 30 * DAY)).toBe(true)
        expect(await lease(store, 'id', 30 * DAY)).toBeDefined()
      }),
  )

  it('refuses a key, an ID, a value and a time that are missing or no texts', () =>
    withStore(async (store) => {
      for (const value of [undefined, null, 7, {}, ['a']]) {
        const text = value as string
        for (const call of [
          () => store.get(text),
          () => store.set(text, 'value', DAY),
          () => store.set('key', text, DAY),
          () => store.delete(text),
          () => store.claim(text, DAY),
          () => store.claim('id', undefined as unknown as number),
          () => lease(store, text, DAY),
          () => lease(store, 'key', undefined as unknown as number),
        ]) {
          expect(await rejection(call())).toMatchObject({
            name: 'ConfigError',
            code: expect.stringMatching(/^config_(invalid|missing)$/),
          })
        }
      }
    }))
}

async function roundsUp(store: AuthSecStore, { pass }: StorePace): Promise<void> {
  expect(await store.claim('id', 1.5)).toBe(true)
  expect(await lease(store, 'id', 1.5)).toBeDefined()
  await pass(1.75)
  expect(await store.claim('id', 1)).toBe(false)
  expect(await lease(store, 'id', 1)).toBeUndefined()
  await pass(0.25)
  expect(await store.claim('id', 1)).toBe(true)
  expect(await lease(store, 'id', 1)).toBeDefined()
}

function lease(store: AuthSecStore, key: string, ttlMs: number): Promise<Lease | undefined> {
  if (store.lease === undefined) throw new Error('This store has no leases.')
  return store.lease(key, ttlMs)
}

function parallel<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, work))
}
