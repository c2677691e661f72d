import { invalidOption, kindOf, type OptionCheck } from '../options/option-checks.ts'

/**
 * What processes share. Values are opaque texts, sealed by the caller; keys and IDs are opaque texts too.
 * Values, claims and leases are apart: keys and IDs with the same text do not meet.
 *
 * A `ttlMs` is from 1 to 2 592 000 000 milliseconds (30 days); fractions are rounded up. Every method rejects
 * with a `ConfigError`: `config_missing` or `config_invalid` for an argument that cannot be used,
 * `store_unusable` where the store does not work.
 */
export interface AuthSecStore {
  /** The value, or `undefined` if there is none or its time is up. */
  get(key: string): Promise<string | undefined>
  /** Replaces the value. After `ttlMs` it is as if it had never been set. */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Removes the value, if there is one. Claims cannot be removed. */
  delete(key: string): Promise<void>
  /**
   * Takes the ID for `ttlMs`. True for exactly one caller among all processes; everybody else gets false until
   * the time is up, the caller that has it included. Rejects when that cannot be known: then do not act.
   */
  claim(id: string, ttlMs: number): Promise<boolean>
  /**
   * Takes the key for work that one process does at a time, for `ttlMs` at most: a process that is killed gives
   * nothing back. Undefined while somebody else has it, another caller in this process included. Rejects when that
   * cannot be known.
   *
   * A store without this method works: then processes do the same work at once. Nothing that must happen only once
   * may rest on a lease, because a holder that stalls for longer than `ttlMs` goes on beside the next one: that is
   * what `claim` is for.
   */
  lease?(key: string, ttlMs: number): Promise<Lease | undefined>
}

/** What `lease` gives to its holder. */
export interface Lease {
  /**
   * Gives the lease back. Does nothing when its time is up, even if somebody else has it by then. Rejects when the
   * store does not work: then the lease ends with its time.
   */
  release(): Promise<void>
}

/** A store that has leases for certain. */
export type LeasingStore = AuthSecStore & Required<Pick<AuthSecStore, 'lease'>>

const METHODS = ['get', 'set', 'delete', 'claim'] as const satisfies (keyof AuthSecStore)[]

/**
 * Checks an option that may hold a store, such as an instance of a class: it has the four methods, and where it has
 * `lease`, that is a method too.
 */
export const optionalStore: OptionCheck = (value, field) => {
  if (value === undefined) return
  const hint = `A store has the methods ${METHODS.join(', ')}, such as createFileStore of @authsec/core/store.`
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(field, `must be a store, not ${kindOf(value)}`, hint)
  }
  const missing = METHODS.filter((name) => typeof Reflect.get(value, name) !== 'function')
  if (missing.length > 0) {
    throw invalidOption(field, `is no store: it has no method ${missing.join(', ')}`, hint)
  }
  const lease: unknown = Reflect.get(value, 'lease')
  if (lease !== undefined && typeof lease !== 'function') {
    throw invalidOption(
      field,
      `has a lease that is ${kindOf(lease)}`,
      'Leave lease out, or make it a method (key, ttlMs) that resolves to a lease or to undefined.',
    )
  }
}
