import { lacksRedis, type RedisServer, startRedis } from '@authsec-internal/test-kit'
import { Redis } from 'ioredis'
import { createClient, RESP_TYPES } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { redisTokenStore } from '../src/index.ts'
import { type Connected, clients } from './support/redis-clients.ts'

const MINUTE = 60_000

describe.skipIf(lacksRedis())('stores of one server', () => {
  let server: RedisServer
  let connected: Connected[]
  beforeAll(async () => {
    server = await startRedis()
    connected = await Promise.all(Object.values(clients).map((connect) => connect(server.port)))
  })
  beforeEach(() => connected[0]?.send('FLUSHALL'))
  afterAll(async () => {
    for (const one of connected) await one[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('agree on keys, values, claims and leases, whatever their clients are', async () => {
    const stores = connected.map(({ client }) => redisTokenStore(client))
    for (const [index, store] of stores.entries()) {
      const others = stores.filter((_, other) => other !== index)
      await store.set('key', `value of ${index} \ud83d`, MINUTE)
      for (const other of others) expect(await other.get('key')).toBe(`value of ${index} \ud83d`)
      expect(await store.claim(`id ${index}`, MINUTE)).toBe(true)
      for (const other of others) expect(await other.claim(`id ${index}`, MINUTE)).toBe(false)
      const held = await store.lease('key', MINUTE)
      for (const other of others) expect(await other.lease('key', MINUTE)).toBeUndefined()
      await held?.release()
    }
    const race = stores.flatMap((store) =>
      Array.from({ length: 20 }, () => store.claim('race', MINUTE)),
    )
    expect((await Promise.all(race)).filter(Boolean)).toHaveLength(1)
  })

  it('do not meet with other prefixes', async () => {
    const [client] = connected.map((one) => one.client)
    if (client === undefined) throw new Error('No client is connected.')
    for (const prefix of ['a:', 'b:']) {
      expect(await redisTokenStore(client, { prefix }).claim('id', MINUTE)).toBe(true)
      expect(await redisTokenStore(client, { prefix }).claim('id', MINUTE)).toBe(false)
    }
  })

  it('work with clients that decode answers in their own way', async () => {
    const nodeRedis = createClient({ socket: { port: server.port, host: '127.0.0.1' } })
    nodeRedis.on('error', () => undefined)
    await nodeRedis.connect()
    const bytes = nodeRedis.withTypeMapping({
      [RESP_TYPES.BLOB_STRING]: Buffer,
      [RESP_TYPES.SIMPLE_STRING]: Buffer,
      [RESP_TYPES.NUMBER]: String,
    })
    const options = { port: server.port, host: '127.0.0.1' }
    const odd = [
      new Redis({ ...options, stringNumbers: true }),
      new Redis({ ...options, enableAutoPipelining: true }),
      new Redis({ ...options, keyPrefix: 'mine:' }),
    ]
    for (const [index, client] of [bytes, ...odd].entries()) {
      const store = redisTokenStore(client)
      await store.set('key', `value ${index}`, MINUTE)
      expect(await store.get('key')).toBe(`value ${index}`)
      const results = await Promise.all([1, 2, 3].map(() => store.claim(`odd ${index}`, MINUTE)))
      expect(results.filter(Boolean)).toHaveLength(1)
      const held = await store.lease('key', MINUTE)
      expect(held).toBeDefined()
      expect(await store.lease('key', MINUTE)).toBeUndefined()
      await held?.release()
      await store.delete('key')
      expect(await store.get('key')).toBeUndefined()
    }
    const keys = (await connected[0]?.send('KEYS', 'mine:*')) as string[]
    expect(keys.every((key) => key.startsWith('mine:authsec:'))).toBe(true)
    expect(keys).toHaveLength(1)
    nodeRedis.destroy()
    for (const client of odd) client.disconnect()
  })
})
