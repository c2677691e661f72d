import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
  renderings,
  watch,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { openText, sealText } from '../src/store/jwe.ts'
import type { AuthSecStore } from '../src/store/store.ts'
import { keyOf } from './support/durable-keys.ts'
import {
  AGENT,
  type BenchStore,
  benchStore,
  type SharedBench,
  sharedBench,
  TENANT,
  TOKEN_KEYS,
  tokenOf,
} from './support/shared-bench.ts'

const OTHER = '11111111-2bd4-4792-9666-63162ee858c5'
const TYPE = 'authsec-token+jwe'
const raw = TOKEN_KEYS.map(({ kid, key }) => ({ kid, bytes: Uint8Array.from(key) }))

const jwtOf = async (client: AuthSecClient): Promise<string> =>
  (await client.getDelegationToken()).value

const warningsOf = (events: readonly AuthSecEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))

type Fields = Readonly<Record<string, unknown>>
interface Content extends Fields {
  readonly answer: Fields
}

/** What stands in the store after one process got its token. */
async function entryOf(bench: SharedBench, clientId = AGENT): Promise<[string, string]> {
  const before = new Set(bench.store.entries.keys())
  await jwtOf(bench.process({ clientId }))
  const entry = [...bench.store.entries].find(([name]) => !before.has(name))
  if (!entry) throw new Error('Nothing was stored.')
  return entry
}

/** The same entry with another content, sealed by a holder of the key. */
async function resealed(sealed: string, alter: (content: Content) => unknown): Promise<string> {
  const content: Content = JSON.parse((await openText(sealed, TYPE, raw)) ?? '')
  return sealText(JSON.stringify(alter(content)), TYPE, raw)
}

const withAnswer = (changes: Fields) => (sealed: string) =>
  resealed(sealed, (content) => ({ ...content, answer: { ...content.answer, ...changes } }))

function flipped(sealed: string, part: number): string {
  const parts = sealed.split('.')
  const bytes = Buffer.from(parts[part] ?? '', 'base64url')
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  parts[part] = bytes.toString('base64url')
  return parts.join('.')
}

const claims = (bench: SharedBench, more: Fields = {}) => {
  const iat = Math.floor(bench.clock.now() / 1000)
  return { client_id: AGENT, iat, exp: iat + 3_600, ...more }
}

const poisons: [what: string, (genuine: string, bench: SharedBench) => unknown][] = [
  ['the empty text', () => ''],
  ['rubbish', () => 'rubbish'],
  ['a megabyte', () => 'x'.repeat(1_000_000)],
  ['a megabyte in the form of an entry', (sealed) => `${sealed}${'A'.repeat(1_000_000)}`],
  ['a number', () => 7],
  ['an object', () => ({ token: 'eyJ' })],
  ['the token itself', (_sealed, bench) => tokenOf(claims(bench))],
  ['an entry without its end', (sealed) => sealed.slice(0, -9)],
  ['an entry with another header', (sealed) => flipped(sealed, 0)],
  ['an entry with another nonce', (sealed) => flipped(sealed, 2)],
  ['an entry with another content', (sealed) => flipped(sealed, 3)],
  ['an entry with another tag', (sealed) => flipped(sealed, 4)],
  [
    'what a stranger sealed',
    () => sealText('{}', TYPE, [{ kid: 't1', bytes: Uint8Array.from(keyOf('t1', 99).key) }]),
  ],
  [
    'a sealed approval',
    async (sealed) =>
      sealText((await openText(sealed, TYPE, raw)) ?? '', 'authsec-approval+jwe', raw),
  ],
  ['a sealed list', (sealed) => resealed(sealed, () => [])],
  [
    'another format',
    (sealed) => resealed(sealed, (content) => ({ ...content, v: 'authsec.token/2' })),
  ],
  [
    'an entry of another name',
    (sealed) => resealed(sealed, (content) => ({ ...content, name: 'token-x' })),
  ],
  [
    'an entry without a time',
    (sealed) => resealed(sealed, (content) => ({ ...content, at: undefined })),
  ],
  [
    'an entry of a year without end',
    (sealed) => resealed(sealed, (content) => ({ ...content, at: 1e300, server: 1e300 })),
  ],
  [
    'an entry of the future',
    (sealed, bench) =>
      resealed(sealed, (content) => ({
        ...content,
        at: bench.clock.now() + 120_000,
        server: bench.clock.now() + 120_000,
      })),
  ],
  [
    'an entry without an answer',
    (sealed) => resealed(sealed, ({ answer: _none, ...content }) => content),
  ],
  ['no token', withAnswer({ token: undefined })],
  [
    'a token of 70 000 characters',
    (sealed, bench) =>
      withAnswer({ token: tokenOf(claims(bench, { pad: 'x'.repeat(70_000) })) })(sealed),
  ],
  [
    'an expired token',
    (sealed, bench) =>
      withAnswer({
        token: tokenOf(claims(bench, { exp: Math.floor(bench.clock.now() / 1000) - 1 })),
      })(sealed),
  ],
  [
    'a token that expired by the answer',
    (sealed) => withAnswer({ expires_at: '2020-01-01T00:00:00Z' })(sealed),
  ],
  [
    'a token without an end',
    (sealed, bench) => withAnswer({ token: tokenOf(claims(bench, { exp: undefined })) })(sealed),
  ],
  [
    'a token of ten years',
    (sealed, bench) =>
      withAnswer({
        expires_at: undefined,
        token: tokenOf(claims(bench, { exp: claims(bench).exp + 315_360_000 })),
      })(sealed),
  ],
  [
    'a token that is not valid yet',
    (sealed, bench) =>
      withAnswer({ token: tokenOf(claims(bench, { nbf: claims(bench).iat + 600 })) })(sealed),
  ],
  [
    'a token of another agent',
    (sealed, bench) => withAnswer({ token: tokenOf(claims(bench, { client_id: OTHER })) })(sealed),
  ],
  ['an answer for another agent', withAnswer({ client_id: OTHER })],
  ['a token with a line break', withAnswer({ token: 'a.b.c\r\nX-Admin: 1' })],
  [
    'a token that is signed in another way',
    withAnswer({ token: `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.x` }),
  ],
]

describe('what a store gives out in place of an entry', () => {
  it.each(poisons)('is ignored, reported and replaced when it is %s', async (_what, poison) => {
    const bench = sharedBench()
    const [name, genuine] = await entryOf(bench)
    const given = await poison(genuine, bench)
    expect(given).not.toBe(genuine)
    Reflect.apply(bench.store.entries.set, bench.store.entries, [name, given])
    const value = await jwtOf(bench.process())
    expect([bench.asked.length, warningsOf(bench.events)]).toEqual([2, ['stored_token_ignored']])
    expect(await jwtOf(bench.process())).toBe(value)
    expect(bench.asked.length).toBe(2)
  })

  it('is taken when it was sealed anew and says the same', async () => {
    const bench = sharedBench()
    const [name, genuine] = await entryOf(bench)
    bench.store.entries.set(name, await resealed(genuine, (content) => content))
    await jwtOf(bench.process())
    expect([bench.asked.length, warningsOf(bench.events)]).toEqual([1, []])
  })

  it.each([
    ['tenant_id of the answer', { tenant_id: OTHER }, {}],
    ['tenant_id of the token', {}, { tenant_id: OTHER }],
    ['issuer of the token', {}, { iss: `spiffe://${OTHER}` }],
  ])('is ignored when it is of another tenant, by the %s', async (_what, answer, more) => {
    const bench = sharedBench()
    bench.delegate(AGENT, 3_600, { tenant_id: TENANT })
    const process = () => bench.process({ tenantId: TENANT })
    await jwtOf(process())
    const [[name, genuine] = ['', '']] = bench.store.entries
    const token = tokenOf(claims(bench, { tenant_id: TENANT, ...more }))
    bench.store.entries.set(name, await withAnswer({ token, ...answer })(genuine))
    await jwtOf(process())
    expect([bench.asked.length, warningsOf(bench.events)]).toEqual([2, ['stored_token_ignored']])
  })

  it('is ignored by both agents when their entries are swapped', async () => {
    const bench = sharedBench()
    const other = bench.delegate(OTHER)
    const [first, second] = [await entryOf(bench), await entryOf(bench, OTHER)]
    bench.store.entries.set(first[0], second[1]).set(second[0], first[1])
    const mine = await jwtOf(bench.process())
    expect(await jwtOf(bench.process({ clientId: OTHER }))).toBe(other)
    expect(mine).not.toBe(other)
    expect(bench.asked).toEqual([AGENT, OTHER, AGENT, OTHER])
    expect(warningsOf(bench.events)).toEqual(['stored_token_ignored', 'stored_token_ignored'])
  })

  it('is reported once a minute', async () => {
    const bench = sharedBench()
    const client = bench.process({ store: { ...bench.store, get: async () => 'rubbish' } })
    const rejected = await client.getDelegationToken()
    for (let second = 0; second < 240; second += 31) {
      await client.getDelegationToken({ rejected })
      await bench.clock.advance(31_000)
    }
    expect(bench.asked.length).toBe(9)
    expect(warningsOf(bench.events).length).toBe(4)
  })

  it('never reaches a call when it is an entry from before a revocation that an API saw', async () => {
    const bench = sharedBench()
    const [name, old] = await entryOf(bench)
    const store: AuthSecStore = {
      ...bench.store,
      get: async (key) => (key === name ? old : undefined),
    }
    const client = bench.process({ store })
    const rejected = await client.getDelegationToken()
    bench.revoke()
    expect(await rejection(client.getDelegationToken({ rejected }))).toMatchObject({
      code: 'no_active_delegation',
    })
    await bench.clock.advance(31_000)
    expect(await rejection(client.getDelegationToken())).toMatchObject({
      code: 'no_active_delegation',
    })
  })
})

const broken = async (): Promise<never> => {
  throw Object.assign(new Error('READONLY You cannot write'), { code: 'READONLY' })
}
const thrown = (): never => {
  throw new TypeError('Cannot read properties of undefined')
}
const hanging = (): Promise<never> => new Promise(() => undefined)

const METHODS = ['get', 'set', 'delete', 'lease'] as const
const faults: [string, () => Promise<never>][] = [
  ['rejects', broken],
  ['throws', thrown],
  ['hangs', hanging],
]
const broke = (store: BenchStore, names: readonly string[], fault: () => Promise<never>) =>
  ({ ...store, ...Object.fromEntries(names.map((name) => [name, fault])) }) as BenchStore

describe('a store that does not work', () => {
  it.each(faults)('costs no call and at most 50 ms when all of it %s', async (_how, fault) => {
    const bench = sharedBench()
    const client = bench.process({ store: broke(bench.store, METHODS, fault) })
    const startedAt = bench.clock.monotonic()
    await bench.run(client.getDelegationToken())
    expect(bench.clock.monotonic() - startedAt).toBeLessThanOrEqual(60)
    expect([bench.asked.length, warningsOf(bench.events)]).toEqual([1, ['token_store_unusable']])
  })

  it.each(METHODS.flatMap((method) => faults.map(([how, fault]) => [method, how, fault] as const)))(
    'costs no call when its %s %s',
    async (method, _how, fault) => {
      const bench = sharedBench()
      const process = () => bench.process({ store: broke(bench.store, [method], fault) })
      const client = process()
      await bench.run(client.getDelegationToken())
      await bench.run(process().getDelegationToken())
      await bench.run(client.getDelegationToken({ forceRefresh: true }))
      bench.revoke()
      await bench.run(rejection(client.getDelegationToken({ forceRefresh: true })))
      expect(bench.asked.length).toBeLessThanOrEqual(4)
      expect(bench.clock.monotonic()).toBeLessThanOrEqual(250)
    },
  )

  it('is left alone for 1 s, doubling to 30 s, and reported once', async () => {
    const bench = sharedBench()
    const times: number[] = []
    const get = async (): Promise<never> => {
      times.push(Math.round(bench.clock.monotonic() / 500) / 2)
      return broken()
    }
    // It asks more often than a process may, and a wait for its turn is no rest of the store.
    const rateLimit = { requestsPerMinute: 1_000 }
    const client = bench.process({ store: { ...bench.store, get }, rateLimit })
    for (let step = 0; step < 2 * 130; step++) {
      const rejected = await client.getDelegationToken()
      // Each rejected token is another one, so that each step is a refresh.
      bench.delegate(AGENT, 3_600 + step)
      await client.getDelegationToken({ rejected })
      await bench.clock.advance(500)
    }
    expect(times).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121])
    expect(warningsOf(bench.events)).toEqual(['token_store_unusable'])
  })

  it('is used again when it works again', async () => {
    const bench = sharedBench()
    let isBroken = true
    const get: AuthSecStore['get'] = async (key) => (isBroken ? broken() : bench.store.get(key))
    const client = bench.process({ store: { ...bench.store, get } })
    await client.getDelegationToken()
    isBroken = false
    await bench.clock.advance(1_000)
    await client.getDelegationToken({ forceRefresh: true })
    await jwtOf(bench.process())
    expect(bench.asked.length).toBe(2)
  })

  it.each([
    ['true to everybody', async () => true],
    ['false to everybody', async () => false],
    ['a lease that cannot be given back', async () => ({ release: hanging })],
    ['a lease whose return throws', async () => ({ release: thrown })],
    ['a lease that is a text', async () => 'lease'],
  ])('costs no call when it says %s', async (_what, lease) => {
    const bench = sharedBench()
    const store = { ...bench.store, lease } as unknown as BenchStore
    const clients = Array.from({ length: 4 }, () => bench.process({ store }))
    await bench.run(Promise.all(clients.map((client) => client.getDelegationToken())))
    expect(bench.asked.length).toBeLessThanOrEqual(4)
    expect(bench.clock.monotonic()).toBeLessThanOrEqual(60)
  })

  it('costs no call when it says that everybody else has the lease', async () => {
    const bench = sharedBench()
    const store = { ...bench.store, lease: async () => undefined }
    const clients = Array.from({ length: 4 }, () => bench.process({ store, timeoutMs: 3_000 }))
    await bench.run(Promise.all(clients.map((client) => client.getDelegationToken())))
    expect(bench.asked.length).toBeGreaterThan(0)
    expect(bench.clock.monotonic()).toBeLessThanOrEqual(2_500)
  })

  it.each([5, 20, 45])('is of use when each of its answers takes %i ms', async (ms) => {
    const bench = sharedBench()
    const slow = async <T>(work: Promise<T>): Promise<T> => {
      await new Promise<void>((resolve) => void bench.clock.setTimeout(resolve, ms))
      return work
    }
    const { get, set, lease } = bench.store
    const store = {
      ...bench.store,
      get: (key: string) => slow(get(key)),
      set: (key: string, value: string, ttlMs: number) => slow(set(key, value, ttlMs)),
      lease: (key: string, ttlMs: number) => slow(lease(key, ttlMs)),
    }
    await bench.run(bench.process({ store }).getDelegationToken())
    await bench.run(bench.process({ store }).getDelegationToken())
    expect([bench.asked.length, warningsOf(bench.events)]).toEqual([1, []])
  })

  it('gives its late lease back', async () => {
    const bench = sharedBench()
    let deliver = (): void => undefined
    const lease: BenchStore['lease'] = async (key, ttlMs) => {
      const given = await bench.store.lease(key, ttlMs)
      await new Promise<void>((resolve) => {
        deliver = resolve
      })
      return given
    }
    const client = bench.process({ store: { ...bench.store, lease } })
    await bench.run(client.getDelegationToken())
    expect(bench.store.leases.size).toBe(1)
    deliver()
    await bench.clock.advance(1)
    expect(bench.store.leases.size).toBe(0)
  })

  it('does not hide that AuthSec says no', async () => {
    const bench = sharedBench()
    bench.revoke()
    const client = bench.process({ store: broke(bench.store, METHODS, hanging) })
    expect(await bench.run(rejection(client.getDelegationToken()))).toMatchObject({
      code: 'no_active_delegation',
    })
  })
})

describe('a dump of the store', () => {
  it('holds no token and no client ID, in any rendering', async () => {
    const clock = createFakeClock()
    const emulator = inProcessEmulator({ clock })
    const store = benchStore(clock)
    const given: unknown[] = []
    const spied: AuthSecStore = {
      ...store,
      get: async (key) => given.push(key) && store.get(key),
      set: async (key, value, ttlMs) => given.push(key, value) && store.set(key, value, ttlMs),
      lease: async (key, ttlMs) => given.push(key) && store.lease(key, ttlMs),
    } as AuthSecStore
    const tokenKeys = [keyOf('t1', 61), keyOf('t2', 81)]
    const client = inProcessClient(emulator, { clock, store: spied, tokenKeys })
    const token = await client.getDelegationToken()
    await client.getDelegationToken({ forceRefresh: true })
    watch('store', given)
    expect(given.length).toBeGreaterThan(5)
    const secrets = [token.value, token.subject, emulator.clientId, token.value.split('.')[1] ?? '']
    for (const text of renderings(given)) {
      for (const secret of secrets) {
        expect(text).not.toContain(secret)
        expect(text).not.toContain(Buffer.from(secret).toString('base64url').slice(4, 40))
        expect(text).not.toContain(Buffer.from(secret).toString('hex').slice(0, 40))
      }
    }
  })
})
