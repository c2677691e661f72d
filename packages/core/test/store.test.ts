import {
  createFakeClock,
  describeOptions,
  describeStore,
  rejection,
  thrown,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { MemoryStoreOptions } from '../src/store/memory-store.ts'
import { optionalStore } from '../src/store/store.ts'
import { createFileStore, createMemoryStore } from '../src/store.ts'
import { storeDirectory } from './support/store-directory.ts'

const DAY = 86_400_000

describeStore({
  what: 'memory',
  withStore: (use, clock) => use(createMemoryStore({ clock })),
})

describeStore({
  what: 'files',
  async withStore(use, clock) {
    using directory = storeDirectory()
    await use(createFileStore({ directory: directory.path, clock }))
  },
})

describeOptions<MemoryStoreOptions>({
  what: 'the memory store',
  create: createMemoryStore,
  valid: {},
  options: { clock: [{ now: Date.now }, 'clok'], maxEntries: [0, 'maxEntry'] },
})

describe('a memory store that is full', () => {
  it('refuses a claim while all others hold, and says when the first one ends', async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock, maxEntries: 3 })
    const start = clock.now()
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      expect(await store.claim(id, 3_000 - index * 1_000)).toBe(true)
    }
    const refusal = {
      name: 'ConfigError',
      code: 'store_unusable',
      retryable: true,
      retryAt: new Date(start + 1_000),
      hint: expect.stringContaining('maxEntries'),
    }
    expect(await rejection(store.claim('d', DAY))).toMatchObject(refusal)
    expect(await rejection(store.set('key', 'value', DAY))).toMatchObject(refusal)
    for (const id of ['a', 'b', 'c']) expect(await store.claim(id, DAY)).toBe(false)
    await clock.advance(1_000)
    expect(await store.claim('d', DAY)).toBe(true)
    expect(await store.claim('a', DAY)).toBe(false)
  })

  it('refuses what it has no room for while leases hold, and goes on when one is given back', async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock, maxEntries: 2 })
    const start = clock.now()
    const [first, second] = [await store.lease('a', 2_000), await store.lease('b', 1_000)]
    for (const call of [
      () => store.lease('c', DAY),
      () => store.claim('c', DAY),
      () => store.set('c', 'value', DAY),
    ]) {
      expect(await rejection(call())).toMatchObject({
        code: 'store_unusable',
        retryAt: new Date(start + 1_000),
      })
    }
    await first?.release()
    expect(await store.lease('c', 5_000)).toBeDefined()
    await clock.advance(1_000)
    expect(await store.claim('d', DAY)).toBe(true)
    await second?.release()
    expect(await rejection(store.set('e', 'value', DAY))).toMatchObject({ code: 'store_unusable' })
  })

  it('drops the oldest value for a lease', async () => {
    const store = createMemoryStore({ maxEntries: 2 })
    await store.set('a', 'a', DAY)
    await store.set('b', 'b', DAY)
    expect(await store.lease('key', DAY)).toBeDefined()
    expect(await store.get('a')).toBeUndefined()
    expect(await store.get('b')).toBe('b')
  })

  it('drops the value that was set first, for a value and for a claim', async () => {
    const store = createMemoryStore({ maxEntries: 4 })
    for (const key of ['a', 'b', 'c']) await store.set(key, key, DAY)
    await store.set('a', 'again', DAY)
    expect(await store.claim('id', DAY)).toBe(true)
    await store.set('d', 'd', DAY)
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.get(key)))).toEqual([
      'again',
      undefined,
      'c',
      'd',
    ])
    expect(await store.claim('other', DAY)).toBe(true)
    expect(await store.get('c')).toBeUndefined()
    expect(await store.get('a')).toBe('again')
    expect(await store.claim('id', DAY)).toBe(false)
  })

  it('drops what ended before a value that still holds', async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock, maxEntries: 3 })
    await store.set('oldest', 'value', DAY)
    await store.set('short', 'value', 1_000)
    await store.claim('short', 1_000)
    await clock.advance(1_000)
    await store.set('new', 'value', DAY)
    await store.set('newer', 'value', DAY)
    expect(await store.get('oldest')).toBe('value')
  })

  it('replaces the value of a key that it has without dropping another', async () => {
    const store = createMemoryStore({ maxEntries: 2 })
    await store.set('a', 'a', DAY)
    await store.set('b', 'b', DAY)
    for (let time = 0; time < 5; time++) await store.set('b', `b${time}`, DAY)
    expect(await store.get('a')).toBe('a')
  })
})

describe('a memory store', () => {
  it('holds a claim while the wall clock jumps', async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock })
    await store.claim('id', 60_000)
    clock.jump(DAY)
    expect(await store.claim('id', 60_000)).toBe(false)
  })

  it('takes about as long for a claim among 10 000 as among 100, and when it is full', async () => {
    const perClaim = async (entries: number, maxEntries: number): Promise<number> => {
      const store = createMemoryStore({ maxEntries })
      for (let entry = 0; entry < entries; entry++) await store.set(`${entry}`, 'value', DAY)
      const start = performance.now()
      for (let id = 0; id < 10_000; id++) await store.claim(`${id}`, DAY)
      return performance.now() - start
    }
    const fastest = async (entries: number, maxEntries: number): Promise<number> => {
      let least = Number.POSITIVE_INFINITY
      for (let round = 0; round < 5; round++) {
        least = Math.min(least, await perClaim(entries, maxEntries))
      }
      return least
    }
    const few = await fastest(100, 100_000)
    expect((await fastest(10_000, 100_000)) / few).toBeLessThan(5)
    expect((await fastest(100_000, 100_000)) / few).toBeLessThan(5)
  })
})

describe('the check of an option that holds a store', () => {
  const whole = { get: () => 1, set: () => 1, delete: () => 1, claim: () => 1 }
  const check = (value: unknown) => (): void => optionalStore(value, 'approvals.store')

  it('accepts none, both stores, and an instance of a class', () => {
    class OwnStore {
      async get(): Promise<undefined> {}
      async set(): Promise<void> {}
      async delete(): Promise<void> {}
      async claim(): Promise<boolean> {
        return true
      }
    }
    for (const value of [undefined, whole, createMemoryStore(), new OwnStore()]) {
      expect(check(value)).not.toThrow()
    }
  })

  it.each(['get', 'set', 'delete', 'claim'])('names %s when it is missing', (name) => {
    for (const value of [undefined, null, 'text', {}]) {
      expect(thrown(check({ ...whole, [name]: value }))).toMatchObject({
        name: 'ConfigError',
        code: 'config_invalid',
        message: `approvals.store is no store: it has no method ${name}.`,
      })
    }
  })

  it('accepts a store without leases, and one whose lease is a method', () => {
    for (const lease of [undefined, () => undefined]) {
      expect(check({ ...whole, lease })).not.toThrow()
    }
    expect(check({ ...whole })).not.toThrow()
  })

  it.each([
    [null, 'null'],
    [true, 'a boolean'],
    [60_000, 'a number'],
    ['60s', 'a text'],
    [{ release() {} }, 'an object'],
  ])('refuses a store whose lease is %j', (lease, kind) => {
    expect(thrown(check({ ...whole, lease }))).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: `approvals.store has a lease that is ${kind}.`,
      hint: expect.stringContaining('Leave lease out'),
    })
  })

  it.each([null, 7, 'redis://localhost', [], () => whole, true])('refuses %s', (value) => {
    expect(thrown(check(value))).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: expect.stringMatching(/^approvals\.store must be a store, not /),
    })
  })

  it('names all that is missing of a Map', () => {
    expect(thrown(check(new Map())).message).toMatch(/no method claim\.$/)
    expect(thrown(check({})).message).toMatch(/no method get, set, delete, claim\.$/)
  })
})
