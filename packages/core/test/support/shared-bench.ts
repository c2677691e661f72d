import { createFakeClock, type FakeClock, watch } from '@authsec-internal/test-kit'
import type { AuthSecClient } from '../../src/client/client.ts'
import { createAuthSecClient } from '../../src/client/create-client.ts'
import type { AuthSecClientOptions } from '../../src/config/client-options.ts'
import type { AuthSecEvent } from '../../src/events.ts'
import type { AuthSecStore, Lease } from '../../src/store/store.ts'
import { keyOf } from './durable-keys.ts'

export const AGENT = 'a594430b-2bd4-4792-9666-63162ee858c5'
export const TENANT = '0b7a7b0e-2f0c-4a5e-9d43-1f0f5f3b6c01'
export const TOKEN_KEYS = [keyOf('t1', 61)]

/** A store whose methods a test can replace, that counts calls and can be dumped. Leases end by their time or release. */
export interface BenchStore extends Required<AuthSecStore> {
  readonly entries: Map<string, string>
  /** The methods that were called, in order. */
  readonly calls: string[]
  readonly leases: Map<string, number>
}

export function benchStore(clock: Pick<FakeClock, 'now'>): BenchStore {
  const entries = new Map<string, string>()
  const ends = new Map<string, number>()
  const leases = new Map<string, number>()
  const calls: string[] = []
  const holds = (map: Map<string, number>, key: string): boolean =>
    (map.get(key) ?? 0) > clock.now()
  return {
    entries,
    calls,
    leases,
    async get(key) {
      calls.push('get')
      return holds(ends, key) ? entries.get(key) : undefined
    },
    async set(key, value, ttlMs) {
      calls.push('set')
      entries.set(key, value)
      ends.set(key, clock.now() + ttlMs)
    },
    async delete(key) {
      calls.push('delete')
      entries.delete(key)
    },
    async claim() {
      throw new Error('Tokens are claimed by nobody.')
    },
    async lease(key, ttlMs): Promise<Lease | undefined> {
      calls.push('lease')
      if (holds(leases, key)) return undefined
      const until = clock.now() + ttlMs
      leases.set(key, until)
      return {
        async release() {
          calls.push('release')
          if (leases.get(key) === until) leases.delete(key)
        },
      }
    },
  }
}

export interface Claims {
  readonly client_id: string
  readonly exp: number
  readonly iat: number
  readonly [name: string]: unknown
}

/** In the form of a delegation token. Nobody here verifies it. */
export function tokenOf(claims: Claims): string {
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return [...parts, 'c2lnbmF0dXJl'].join('.')
}

export interface SharedBench {
  readonly clock: FakeClock
  readonly store: BenchStore
  /** Client IDs that AuthSec was asked for, in order. */
  readonly asked: string[]
  readonly events: AuthSecEvent[]
  /** A client as in a process of its own: with its own clock, way to AuthSec and view of the store. */
  process(options?: Partial<AuthSecClientOptions>): AuthSecClient
  /** What an administrator does: from now on AuthSec gives this token. */
  delegate(clientId?: string, seconds?: number, more?: object): string
  revoke(clientId?: string): void
  /** Replaces the answers of AuthSec. `undefined`: the delegated tokens. */
  answer(next: (() => Promise<Response>) | undefined): void
  /** Lets time pass until the work is done. */
  run<T>(work: Promise<T>): Promise<T>
}

export function sharedBench(): SharedBench {
  const clock = createFakeClock()
  const store = benchStore(clock)
  const asked: string[] = []
  const events: AuthSecEvent[] = []
  const delegated = new Map<string, { token: string; seconds: number }>()
  let answer: (() => Promise<Response>) | undefined
  let names = 0

  const headers = (): Record<string, string> => ({ date: new Date(clock.now()).toUTCString() })
  async function authSec(clientId: string): Promise<Response> {
    if (answer) return answer()
    const token = delegated.get(clientId)?.token
    if (token === undefined) {
      const body = { error: 'No active delegation token found for this client' }
      return Response.json(body, { status: 404, headers: headers() })
    }
    return Response.json({ token, client_id: clientId }, { headers: headers() })
  }

  const bench: SharedBench = {
    clock,
    store,
    asked,
    events,
    process: (options) =>
      createAuthSecClient({
        baseUrl: 'https://auth.example.com',
        clientId: AGENT,
        clock: { now: clock.now, monotonic: clock.monotonic, setTimeout: clock.setTimeout },
        store: { ...store },
        tokenKeys: TOKEN_KEYS,
        // What it asks within a minute is of no interest here.
        rateLimit: { requestsPerMinute: 100_000 },
        fetch: async (_input, init) => {
          const clientId = new Headers(init.headers).get('x-client-id') ?? ''
          asked.push(clientId)
          return authSec(clientId)
        },
        onEvent: (event) => {
          watch('event', event)
          events.push(event)
        },
        ...options,
      }),
    delegate(clientId = AGENT, seconds = 3_600, more = {}) {
      names += 1
      const iat = Math.floor(clock.now() / 1000)
      const claims = { client_id: clientId, iat, exp: iat + seconds, jti: `${names}`, ...more }
      const token = tokenOf(claims)
      delegated.set(clientId, { token, seconds })
      return token
    },
    revoke: (clientId = AGENT) => void delegated.delete(clientId),
    answer: (next) => {
      answer = next
    },
    async run(work) {
      let isDone = false
      const done = work.finally(() => {
        isDone = true
      })
      done.catch(() => undefined)
      while (!isDone) {
        await clock.advance(10)
        // What is sealed in other threads takes real time.
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      return done
    },
  }
  bench.delegate()
  return bench
}

/** Background work that ends without a timer, such as what is sealed in other threads. */
export async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !isDone(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  if (!isDone()) throw new Error('It did not happen.')
}
