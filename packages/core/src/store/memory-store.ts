import { checkOptions, type OptionChecks } from '../options/option-checks.ts'
import { optionalClock, optionalNumber } from '../options/option-values.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { createExpiringMap } from './expiring-map.ts'
import type { LeasingStore } from './store.ts'
import { checkedTtl, checkTexts } from './store-arguments.ts'
import { fullOfClaims } from './store-errors.ts'

export interface MemoryStoreOptions {
  /** For tests. Default: the system's clock. */
  readonly clock?: Clock | undefined
  /** Values, claims and leases together, from 1 to 10 000 000. Default: 100 000. */
  readonly maxEntries?: number | undefined
}

const DEFAULT_MAX_ENTRIES = 100_000

const checks: OptionChecks<MemoryStoreOptions> = {
  clock: optionalClock,
  maxEntries: optionalNumber({ least: 1, most: 10_000_000, integer: true }),
}

const memoryStores = new WeakSet<object>()

/** Whether a store is one of this process, so that its claims end with it. */
export function isMemoryStore(store: object): boolean {
  return memoryStores.has(store)
}

/**
 * A store within one process, for tests and for a server that is one process. Its claims are lost when the
 * process ends. When it is full, the value that was set first makes room; a claim or a lease never does: a store
 * that is full of those which still hold rejects with `store_unusable`, and `retryAt` is when the first of them ends.
 * Times follow the monotonic clock.
 *
 * @throws ConfigError - `config_invalid` for an option that cannot be used.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from '@authsec/core/store'
 *
 * const store = createMemoryStore({ maxEntries: 10_000 })
 * console.log(await store.claim('order-17', 60_000)) // true
 * console.log(await store.claim('order-17', 60_000)) // false
 * ```
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): LeasingStore {
  checkOptions<MemoryStoreOptions>(options, 'the memory store options', checks)
  const { clock = systemClock, maxEntries = DEFAULT_MAX_ENTRIES } = options
  const values = createExpiringMap<string>()
  const claims = createExpiringMap<true>()
  const leases = createExpiringMap<object>()

  /** Room for one more entry: first from what ended, then from the oldest value. */
  function makeRoom(now: number): void {
    const isFull = (): boolean => values.size + claims.size + leases.size >= maxEntries
    for (const entries of [claims, leases, values]) if (isFull()) entries.dropEnded(now)
    if (!isFull()) return
    if (values.size === 0) {
      const firstEnd = Math.min(claims.firstEnd(), leases.firstEnd())
      throw fullOfClaims(new Date(clock.now() + firstEnd - now))
    }
    values.dropOldest()
  }

  const store: LeasingStore = {
    async get(key) {
      checkTexts({ key })
      return values.get(key, clock.monotonic())
    },
    async set(key, value, ttlMs) {
      checkTexts({ key, value })
      const ttl = checkedTtl(ttlMs)
      const now = clock.monotonic()
      if (!values.has(key)) makeRoom(now)
      values.set(key, value, now + ttl, now)
    },
    async delete(key) {
      checkTexts({ key })
      values.delete(key)
    },
    async claim(id, ttlMs) {
      checkTexts({ id })
      const ttl = checkedTtl(ttlMs)
      const now = clock.monotonic()
      if (claims.get(id, now)) return false
      if (!claims.has(id)) makeRoom(now)
      claims.set(id, true, now + ttl, now)
      return true
    },
    async lease(key, ttlMs) {
      checkTexts({ key })
      const ttl = checkedTtl(ttlMs)
      const now = clock.monotonic()
      if (leases.get(key, now)) return undefined
      if (!leases.has(key)) makeRoom(now)
      const holder = {}
      leases.set(key, holder, now + ttl, now)
      return {
        async release() {
          if (leases.get(key, clock.monotonic()) === holder) leases.delete(key)
        },
      }
    },
  }
  memoryStores.add(store)
  return store
}
