import { randomUUID } from 'node:crypto'
import { lacksRedis, type RedisServer, rejection, startRedis } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { redisTokenStore } from '../src/index.ts'
import { startCuttingProxy } from './support/cutting-proxy.ts'
import { type Connect, clients } from './support/redis-clients.ts'

const MINUTE = 60_000
const kinds = Object.entries(clients)
type Store = ReturnType<typeof redisTokenStore>

const calls: readonly (readonly [what: string, call: (store: Store) => Promise<unknown>])[] = [
  ['get', (store) => store.get('key')],
  ['set', (store) => store.set('key', 'value', MINUTE)],
  ['delete', (store) => store.delete('key')],
  ['claim', (store) => store.claim(randomUUID(), MINUTE)],
  ['lease', (store) => store.lease(randomUUID(), MINUTE)],
]

/** Lends a server and a connected client of it. */
async function withClient(
  connect: Connect,
  use: (bench: { server: RedisServer } & Awaited<ReturnType<Connect>>) => Promise<void>,
): Promise<void> {
  await using server = await startRedis()
  await using connected = await connect(server.port)
  await use({ ...connected, server })
}

describe.skipIf(lacksRedis()).each(kinds)('a store in Redis, by %s,', (kind, connect) => {
  it('gives a claim to one of fifty callers on two connections', () =>
    withClient(connect, async ({ client, server }) => {
      await using other = await connect(server.port)
      const stores = [redisTokenStore(client), redisTokenStore(other.client)]
      for (const round of ['a', 'b', 'c']) {
        const results = await Promise.all(
          Array.from({ length: 50 }, (_, index) => stores[index % 2]?.claim(round, MINUTE)),
        )
        expect(results.filter((result) => result === true)).toHaveLength(1)
        expect(results.filter((result) => result === false)).toHaveLength(49)
      }
    }))

  it.each(['claim', 'lease'] as const)(
    'answers a %s rightly, or rejects, when its connection was cut after it was carried out',
    async (method) => {
      await using server = await startRedis()
      await using proxy = await startCuttingProxy(server.port)
      await using connected = await connect(proxy.port)
      await using direct = await connect(server.port)
      const store = redisTokenStore(connected.client)
      await store.set('key', 'value', MINUTE)
      proxy.cutAfter('EVAL')
      const result = await store[method]('id', MINUTE).catch((error: unknown) => error)
      expect(proxy.cuts).toBe(1)
      // ioredis sends it again; node-redis says that it was lost.
      if (kind === 'node-redis') {
        expect(result).toMatchObject({ code: 'store_unusable', retryable: true })
      } else {
        expect(method === 'claim' ? result : typeof Object(result).release).toBe(
          method === 'claim' ? true : 'function',
        )
      }
      const others = redisTokenStore(direct.client)
      expect(await others[method]('id', MINUTE)).toBe(method === 'claim' ? false : undefined)
      if (
        method === 'lease' &&
        typeof result === 'object' &&
        result !== null &&
        'release' in result
      ) {
        await (result as { release(): Promise<void> }).release()
        expect(await others.lease('id', MINUTE)).toBeDefined()
      }
    },
  )

  it('is bounded while the server stands still for three seconds, and right afterwards', () =>
    withClient(connect, async ({ client, server }) => {
      await using sleeper = await connect(server.port)
      await using other = await connect(server.port)
      const store = redisTokenStore(client, { timeoutMs: 150 })
      await store.set('kept', 'value', MINUTE)
      const asleep = sleeper.send('DEBUG', 'SLEEP', '3')
      await new Promise((resolve) => setTimeout(resolve, 50))
      const start = performance.now()
      const errors = await Promise.all([
        ...calls.map(([, call]) => rejection(call(store))),
        rejection(store.claim('late', MINUTE)),
        rejection(store.lease('late', MINUTE)),
      ])
      expect(performance.now() - start).toBeLessThan(1_500)
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'store_unusable', retryable: true })
      }
      await asleep
      // The late claim was carried out, and is nobody's. The late lease was given back.
      const others = redisTokenStore(other.client)
      expect(await others.claim('late', MINUTE)).toBe(false)
      await expect.poll(() => others.lease('late', MINUTE), { timeout: 5_000 }).toBeDefined()
      expect(await store.get('kept')).toBe('value')
    }))

  it('rejects in time while the server is dead, whatever the client waits for, and goes on when it is back', () =>
    withClient(connect, async ({ client, server }) => {
      const store = redisTokenStore(client, { timeoutMs: 150 })
      await store.set('key', 'value', MINUTE)
      await server.kill()
      for (const [what, call] of calls) {
        const start = performance.now()
        expect(await rejection(call(store)), what).toMatchObject({
          name: 'ConfigError',
          code: 'store_unusable',
          retryable: true,
        })
        expect(performance.now() - start, what).toBeLessThan(1_500)
      }
      await server.restart()
      await expect
        .poll(() => store.claim(randomUUID(), MINUTE).catch(() => 'down'), { timeout: 20_000 })
        .toBe(true)
      expect(await store.get('key')).toBeUndefined()
    }))

  it('reads and gives back, and takes nothing, while the server is full', () =>
    withClient(connect, async ({ client, send }) => {
      const store = redisTokenStore(client)
      await store.set('key', 'value', MINUTE)
      await store.claim('taken', MINUTE)
      const held = await store.lease('held', MINUTE)
      await send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      await send('CONFIG', 'SET', 'maxmemory', '1')
      expect(await store.get('key')).toBe('value')
      // Those that are taken need no memory to say so.
      expect(await store.claim('taken', MINUTE)).toBe(false)
      expect(await store.lease('held', MINUTE)).toBeUndefined()
      for (const call of [
        () => store.set('key', 'other', MINUTE),
        () => store.claim('new', MINUTE),
        () => store.lease('new', MINUTE),
      ]) {
        expect(await rejection(call())).toMatchObject({
          code: 'store_unusable',
          systemCode: 'OOM',
          message: 'The Redis server of the store is full.',
          hint: expect.stringContaining('noeviction'),
        })
      }
      await held?.release()
      await store.delete('key')
      await send('CONFIG', 'SET', 'maxmemory', '0')
      expect(await store.get('key')).toBeUndefined()
      expect(await store.claim('new', MINUTE)).toBe(true)
      expect(await store.lease('held', MINUTE)).toBeDefined()
    }))

  it('gives every key an end, and needs four commands on its own keys alone', () =>
    withClient(connect, async ({ client, send, server }) => {
      const store = redisTokenStore(client)
      const may = ['+get', '+set', '+del', '+eval', '~authsec:*']
      await send('ACL', 'SETUSER', 'agent', 'on', 'nopass', '-@all', '+auth', ...may)
      await send('AUTH', 'agent', 'any')
      await store.set('key', 'value', MINUTE)
      await store.set('gone', 'value', MINUTE)
      await store.delete('gone')
      expect(await store.get('key')).toBe('value')
      expect(await store.claim('id', MINUTE)).toBe(true)
      expect(await store.lease('key', MINUTE)).toBeDefined()
      await (await store.lease('other', MINUTE))?.release()
      await using admin = await connect(server.port)
      const keys = (await admin.send('KEYS', '*')) as string[]
      expect(keys).toHaveLength(3)
      for (const key of keys) {
        const left = Number(await admin.send('PTTL', key))
        expect(left, key).toBeGreaterThan(0)
        expect(left, key).toBeLessThanOrEqual(MINUTE)
      }
      await admin.send('ACL', 'SETUSER', 'agent', '-eval')
      const refusal = { code: 'store_unusable', systemCode: 'NOPERM', retryable: false }
      expect(await rejection(store.claim('id', MINUTE))).toMatchObject(refusal)
      expect(await rejection(redisTokenStore(client, { prefix: 'x:' }).get('key'))).toMatchObject(
        refusal,
      )
    }))

  it('says so when something else has written to its keys, and needs no script that the server knows', () =>
    withClient(connect, async ({ client, send }) => {
      const store = redisTokenStore(client)
      await store.set('key', 'value', MINUTE)
      await store.claim('id', MINUTE)
      await send('SCRIPT', 'FLUSH')
      expect(await store.claim('other', MINUTE)).toBe(true)
      for (const key of (await send('KEYS', '*')) as string[]) {
        await send('DEL', key)
        await send('LPUSH', key, 'x')
      }
      for (const call of [() => store.get('key'), () => store.claim('id', MINUTE)]) {
        expect(await rejection(call())).toMatchObject({
          code: 'store_unusable',
          systemCode: 'WRONGTYPE',
          hint: expect.stringContaining('prefix'),
        })
      }
    }))

  it('answers nothing while its client is in a transaction', () =>
    withClient(connect, async ({ client, send }) => {
      const store = redisTokenStore(client)
      await store.set('kept', 'value', MINUTE)
      await send('MULTI')
      expect(await rejection(store.get('kept'))).toMatchObject({ code: 'store_unusable' })
      expect(await rejection(store.claim('id', MINUTE))).toMatchObject({ code: 'store_unusable' })
      expect(await rejection(store.set('key', 'v', MINUTE))).toMatchObject({
        code: 'store_unusable',
      })
    }))
})
