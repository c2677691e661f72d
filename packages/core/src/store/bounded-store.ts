import { type Clock, waitFor } from '../support/clock.ts'
import type { AuthSecStore, Lease } from './store.ts'

/** Longest wait for one answer of a store. */
const ANSWER_MS = 5_000

/**
 * The store, whose every call ends in time: what waits for a store must not wait for ever. A late answer is ignored,
 * but a lease that comes late is given back, so that nobody waits for the end of its time.
 */
export function boundedStore(store: AuthSecStore, clock: Clock): AuthSecStore {
  const bounded = <T>(work: Promise<T>): Promise<T> => inTime(work, clock)
  return {
    get: async (key) => bounded(store.get(key)),
    set: async (key, value, ttlMs) => bounded(store.set(key, value, ttlMs)),
    delete: async (key) => bounded(store.delete(key)),
    claim: async (id, ttlMs) => bounded(store.claim(id, ttlMs)),
    ...(store.lease && { lease: async (key, ttlMs) => boundedLease(store, clock, key, ttlMs) }),
  }
}

async function boundedLease(
  store: AuthSecStore,
  clock: Clock,
  key: string,
  ttlMs: number,
): Promise<Lease | undefined> {
  const work = store.lease?.(key, ttlMs) ?? Promise.resolve(undefined)
  try {
    const lease = await inTime(work, clock)
    return lease && { release: async () => inTime(lease.release(), clock) }
  } catch (error) {
    work.then((late) => late?.release()).catch(() => undefined)
    throw error
  }
}

async function inTime<T>(work: Promise<T>, clock: Clock): Promise<T> {
  const answer = work.then((value) => ({ value }))
  const result = await waitFor(answer, clock, ANSWER_MS, { keepAlive: false })
  if (result === undefined) throw new StoreTimeoutError()
  return result.value
}

class StoreTimeoutError extends Error {
  override readonly name = 'StoreTimeoutError'
  readonly code = 'ETIMEDOUT'
  constructor() {
    super('The store did not answer in time.')
  }
}
