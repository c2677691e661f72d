import { createFakeClock, describeOptions, rejection, thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { MemoryStoreOptions } from '../src/store/memory-store.ts'
import { optionalStore } from '../src/store/store.ts'
import { type AuthSecStore, createFileStore, createMemoryStore } from '../src/store.ts'
import type { Clock } from '../src/support/clock.ts'
import { storeDirectory } from './support/store-directory.ts'

const DAY = 86_400_000

const kinds: [what: string, withStore: (use: Use, clock?: Clock) => Promise<void>][] = [
  ['memory', async (use, clock) => use(createMemoryStore({ clock }))],
  [
    'files',
    async (use, clock) => {
      using directory = storeDirectory()
      await use(createFileStore({ directory: directory.path, clock }))
    },
  ],
]
type Use = (store: AuthSecStore) => Promise<void>

/** Texts that a file system, a hash or an encoding could take for others. */
const oddTexts: [what: string, text: string][] = [
  ['the empty text', ''],
  ['a slash', '/'],
  ['two dots', '..'],
  ['a way out of the directory', '../../../etc/passwd'],
  ['a backslash', 'a\\b'],
  ['NUL', 'a\0b'],
  ['a line break', 'a\nb'],
  ['100 kB', 'k'.repeat(100_000)],
  ['100 kB with another end', `${'k'.repeat(99_999)}l`],
  ['composed letters', 'é'],
  ['decomposed letters', 'e\u0301'],
  ['upper case', 'KEY'],
  ['lower case', 'key'],
  ['a trailing dot', 'key.'],
  ['a name of Windows', 'CON'],
  ['a name of Object.prototype', '__proto__'],
  ['an emoji', '\u{1f511}'],
  ['its first half', '\ud83d'],
  ['its second half', '\udd11'],
  ['another lone surrogate', '\ud800'],
  ['what UTF-8 makes of one', '\ufffd'],
]

describe.each(kinds)('a store in %s', (_kind, withStore) => {
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

  it('forgets a value when its time is up, and counts from the last time it was set', async () => {
    const clock = createFakeClock()
    await withStore(async (store) => {
      await store.set('key', 'value', 1_000)
      await clock.advance(999)
      expect(await store.get('key')).toBe('value')
      await store.set('key', 'value', 1_000)
      await clock.advance(999)
      expect(await store.get('key')).toBe('value')
      await clock.advance(1)
      expect(await store.get('key')).toBeUndefined()
    }, clock)
  })

  it('gives a claim to one of many callers, and to the next one when its time is up', async () => {
    const clock = createFakeClock()
    await withStore(async (store) => {
      const race = async (): Promise<number> => {
        const results = await Promise.all(
          Array.from({ length: 50 }, () => store.claim('id', 1_000)),
        )
        return results.filter(Boolean).length
      }
      for (let time = 0; time < 10; time++) {
        expect(await race()).toBe(1)
        await clock.advance(999)
        expect(await race()).toBe(0)
        await clock.advance(1)
      }
    }, clock)
  })

  it('keeps values and claims apart', () =>
    withStore(async (store) => {
      expect(await store.claim('same', DAY)).toBe(true)
      expect(await store.get('same')).toBeUndefined()
      await store.set('same', 'value', DAY)
      await store.delete('same')
      expect(await store.claim('same', DAY)).toBe(false)
    }))

  it('tells all keys, IDs and values apart, whatever their characters', () =>
    withStore(async (store) => {
      for (const [what, text] of oddTexts) {
        expect(await store.claim(text, DAY), what).toBe(true)
        expect(await store.get(text), what).toBeUndefined()
        await store.set(text, text, DAY)
      }
      for (const [what, text] of oddTexts) {
        expect((await store.get(text)) === text, what).toBe(true)
        expect(await store.claim(text, DAY), what).toBe(false)
      }
    }))

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 30 * DAY + 1, '1000', null])(
    'refuses %s as a time, and leaves the ID free',
    (ttlMs) =>
      withStore(async (store) => {
        const refusal = { name: 'ConfigError', code: 'config_invalid', message: /^ttlMs must be/ }
        for (const call of [
          () => store.claim('id', ttlMs as number),
          () => store.set('key', 'value', ttlMs as number),
        ]) {
          expect(await rejection(call())).toMatchObject({
            ...refusal,
            message: expect.stringMatching(refusal.message),
          })
        }
        expect(await store.claim('id', 30 * DAY)).toBe(true)
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
        ]) {
          expect(await rejection(call())).toMatchObject({
            name: 'ConfigError',
            code: expect.stringMatching(/^config_(invalid|missing)$/),
          })
        }
      }
    }))

  it('rounds the fraction of a time up', async () => {
    const clock = createFakeClock()
    await withStore(async (store) => {
      expect(await store.claim('id', 1.5)).toBe(true)
      await clock.advance(1.75)
      expect(await store.claim('id', 1)).toBe(false)
      await clock.advance(0.25)
      expect(await store.claim('id', 1)).toBe(true)
    }, clock)
  })
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
