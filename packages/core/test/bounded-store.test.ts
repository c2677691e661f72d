import { createFakeClock, rejection, settle } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { boundedStore } from '../src/store/bounded-store.ts'
import type { AuthSecStore, Lease } from '../src/store.ts'
import { createMemoryStore } from '../src/store.ts'

const SECOND = 1_000
const late = { name: 'StoreTimeoutError', code: 'ETIMEDOUT' }
const never = (): Promise<never> => new Promise(() => undefined)

describe('a store whose every call ends in time', () => {
  it('has leases where the store has them, and none where it has none', async () => {
    const clock = createFakeClock()
    const { lease, ...without } = createMemoryStore({ clock })
    expect(boundedStore(without, clock)).not.toHaveProperty('lease')
    const store = boundedStore({ ...without, lease }, clock)
    const held = await store.lease?.('key', SECOND)
    expect(held).toBeDefined()
    expect(await store.lease?.('key', SECOND)).toBeUndefined()
    await held?.release()
    expect(await store.lease?.('key', SECOND)).toBeDefined()
  })

  it('calls the methods of an instance on the instance', async () => {
    class OwnStore {
      readonly #keys = new Set<string>()
      async get(): Promise<undefined> {}
      async set(): Promise<void> {}
      async delete(): Promise<void> {}
      async claim(): Promise<boolean> {
        return true
      }
      async lease(key: string): Promise<Lease | undefined> {
        if (this.#keys.has(key)) return undefined
        this.#keys.add(key)
        return new OwnLease(() => this.#keys.delete(key))
      }
    }
    class OwnLease {
      readonly #release: () => void
      constructor(release: () => void) {
        this.#release = release
      }
      async release(): Promise<void> {
        this.#release()
      }
    }
    const store = boundedStore(new OwnStore(), createFakeClock())
    const held = await store.lease?.('key', SECOND)
    expect(await store.lease?.('key', SECOND)).toBeUndefined()
    await held?.release()
    expect(await store.lease?.('key', SECOND)).toBeDefined()
  })

  it.each<[string, (store: AuthSecStore) => Promise<unknown>]>([
    ['get', (store) => store.get('key')],
    ['set', (store) => store.set('key', 'value', SECOND)],
    ['delete', (store) => store.delete('key')],
    ['claim', (store) => store.claim('id', SECOND)],
    ['lease', async (store) => store.lease?.('key', SECOND)],
  ])('rejects %s after five seconds', async (_name, call) => {
    const clock = createFakeClock()
    const hanging = { get: never, set: never, delete: never, claim: never, lease: never }
    const error = rejection(call(boundedStore(hanging, clock)))
    await clock.advance(5 * SECOND)
    expect(await error).toMatchObject(late)
    expect(clock.pending).toBe(0)
  })

  it('rejects the release of a lease after five seconds', async () => {
    const clock = createFakeClock()
    const lease = async (): Promise<Lease> => ({ release: never })
    const store = boundedStore({ ...createMemoryStore({ clock }), lease }, clock)
    const held = await store.lease?.('key', SECOND)
    const error = rejection(held?.release() ?? Promise.resolve())
    await clock.advance(5 * SECOND)
    expect(await error).toMatchObject(late)
  })

  it.each([
    ['is given', true],
    ['is refused', false],
  ])(
    'gives a lease back that %s after its caller was told that it is unknown',
    async (_what, isGiven) => {
      const clock = createFakeClock()
      let released = 0
      const answer = Promise.withResolvers<Lease | undefined>()
      const lease = (): Promise<Lease | undefined> => answer.promise
      const store = boundedStore({ ...createMemoryStore({ clock }), lease }, clock)
      const error = rejection(store.lease?.('key', SECOND) ?? Promise.resolve())
      await clock.advance(5 * SECOND)
      expect(await error).toMatchObject(late)
      answer.resolve(
        isGiven
          ? {
              async release() {
                released += 1
                throw new Error('The store is down.')
              },
            }
          : undefined,
      )
      await settle()
      expect(released).toBe(isGiven ? 1 : 0)
    },
  )

  it('passes the error of the store on, and nothing is left to be rejected unseen', async () => {
    const clock = createFakeClock()
    const down = new Error('down')
    const lease = (): Promise<never> => Promise.reject(down)
    const store = boundedStore({ ...createMemoryStore({ clock }), lease }, clock)
    expect(await rejection(store.lease?.('key', SECOND) ?? Promise.resolve())).toBe(down)
    await settle()
  })
})
