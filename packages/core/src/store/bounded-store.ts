import { type Clock, waitFor } from '../support/clock.ts'
import type { AuthSecStore } from './store.ts'

/** Longest wait for one answer of a store. */
const ANSWER_MS = 5_000

/** The store, whose every call ends in time: what waits for a store must not wait for ever. A late answer is ignored. */
export function boundedStore(store: AuthSecStore, clock: Clock): AuthSecStore {
  async function bounded<T>(work: Promise<T>): Promise<T> {
    const late = Symbol('late')
    const answer = work.then((value) => ({ value }))
    const result = (await waitFor(answer, clock, ANSWER_MS, { keepAlive: false })) ?? late
    if (typeof result === 'symbol') throw new StoreTimeoutError()
    return result.value
  }
  return {
    get: async (key) => bounded(store.get(key)),
    set: async (key, value, ttlMs) => bounded(store.set(key, value, ttlMs)),
    delete: async (key) => bounded(store.delete(key)),
    claim: async (id, ttlMs) => bounded(store.claim(id, ttlMs)),
  }
}

class StoreTimeoutError extends Error {
  override readonly name = 'StoreTimeoutError'
  readonly code = 'ETIMEDOUT'
  constructor() {
    super('The store did not answer in time.')
  }
}
