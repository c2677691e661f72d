import { invalidOption, kindOf, type OptionCheck } from '../options/option-checks.ts'

/**
 * What processes share. Values are opaque texts, sealed by the caller; keys and IDs are opaque texts too.
 * Values and claims are apart: a key and an ID with the same text do not meet.
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
}

const METHODS: readonly (keyof AuthSecStore)[] = ['get', 'set', 'delete', 'claim']

/** Checks an option that may hold a store, such as an instance of a class: it has the four methods. */
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
}
