import type { EmulatorHandler, EmulatorOptions } from '@authsec/emulator'
import {
  anotherProcess,
  createFakeClock,
  type FakeClock,
  inProcessClient,
  inProcessEmulator,
} from '@authsec-internal/test-kit'
import type { AuthSecClient } from '../../src/client/client.ts'
import type { AuthSecClientOptions } from '../../src/config/client-options.ts'
import type { AuthSecStore } from '../../src/store/store.ts'
import type { Clock } from '../../src/support/clock.ts'
import { KEYS } from './durable-keys.ts'

export const APPROVER = 'approver@example.com'
export { KEYS, keyOf } from './durable-keys.ts'

/** A server, and as many processes of one agent as a test needs. */
export interface DurableBench {
  readonly clock: FakeClock
  readonly emulator: EmulatorHandler
  readonly store: AuthSecStore
  /** A client with a memory of its own, as in another process. All share the store and the keys. */
  process(options?: Partial<AuthSecClientOptions>): AuthSecClient
  /** Requests of the protected API so far: their paths. */
  sent(): string[]
  /** How often AuthSec was asked for an answer so far. */
  polls(): number
  /** How often somebody was asked so far. */
  rings(): number
}

export function durableBench(options: EmulatorOptions = {}): DurableBench {
  const clock = createFakeClock()
  const users = [APPROVER, 'second@example.com']
  const emulator = inProcessEmulator({ clock, users, ...options })
  const store = sharedStore(clock)
  const count = (end: string): number =>
    emulator.requests.filter(({ path }) => path.endsWith(end)).length
  return {
    clock,
    emulator,
    store,
    process: ({ approvals, ...rest } = {}) =>
      inProcessClient(emulator, {
        ...anotherProcess(clock),
        store,
        // No question waits for its turn, so that it has the times of a server that is free.
        rateLimit: { requestsPerMinute: 100_000, queueMs: 0 },
        approvals: {
          keys: KEYS,
          queuedPerApprover: 0,
          openPerApprover: 100,
          ...many,
          ...approvals,
        },
        ...rest,
      }),
    sent: () =>
      emulator.requests.map(({ path }) => path).filter((path) => path.startsWith('/secure-vault/')),
    polls: () => count('/ciba/token'),
    rings: () => emulator.control.approvals().length,
  }
}

const many = { unapprovedPerWindow: 1_000, pauseAfterDenialMs: 0 }

/** What all processes share, without bounds. */
function sharedStore(clock: Pick<Clock, 'now'>): AuthSecStore {
  const entries = new Map<string, { readonly value: string; readonly until: number }>()
  const find = (key: string): string | undefined => {
    const entry = entries.get(key)
    return entry && entry.until > clock.now() ? entry.value : undefined
  }
  return {
    get: async (key) => find(`value ${key}`),
    async set(key, value, ttlMs) {
      entries.set(`value ${key}`, { value, until: clock.now() + ttlMs })
    },
    delete: async (key) => void entries.delete(`value ${key}`),
    async claim(id, ttlMs) {
      if (find(`claim ${id}`) !== undefined) return false
      entries.set(`claim ${id}`, { value: '', until: clock.now() + ttlMs })
      return true
    },
  }
}
