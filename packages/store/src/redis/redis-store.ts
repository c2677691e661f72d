import { randomUUID } from 'node:crypto'
import type { Clock } from '@authsec/core'
import {
  checkedTtl,
  checkOptions,
  checkTexts,
  type OptionChecks,
  optional,
  optionalClock,
  optionalNumber,
  required,
  systemClock,
} from '@authsec/core/adapter'
import type { LeasingStore } from '@authsec/core/store'
import { entryName, storedText, storedValue } from '../entry-names.ts'
import { boundedCommands } from './bounded-commands.ts'
import { commandsOf, type RedisClient } from './redis-client.ts'
import { okReply, valueReply, yesReply } from './redis-replies.ts'
import { GIVE_BACK, TAKE } from './redis-scripts.ts'

export interface RedisTokenStoreOptions {
  /** What all keys begin with, up to 128 characters. Processes that share must have the same. Default: `authsec:`. */
  readonly prefix?: string | undefined
  /** The longest wait for one answer of the server, in milliseconds, from 1 to 60 000. Default: 1 000. */
  readonly timeoutMs?: number | undefined
  /** For tests: bounds waiting. The server keeps the time of entries. Default: the system's clock. */
  readonly clock?: Clock | undefined
}

const isPrefix = required(
  (value) =>
    typeof value === 'string' && value !== '' && value.length <= 128 && value.isWellFormed(),
  'a text of 1 to 128 characters',
)

const checks: OptionChecks<RedisTokenStoreOptions> = {
  prefix: optional(isPrefix),
  timeoutMs: optionalNumber({ least: 1, most: 60_000, unit: 'milliseconds', integer: true }),
  clock: optionalClock,
}

/**
 * A store for processes on any number of machines, in Redis 6 or later, or Valkey. The client is the program's: it
 * creates, connects and closes it. Keys are hashes below the prefix; values are stored as they are, so seal them.
 *
 * Every call ends within `timeoutMs`, whatever the client does. A call that ends without an answer may still be
 * carried out: then nobody has the claim until its time is up. The server must not evict keys (`maxmemory-policy
 * noeviction`). A claim outlasts what the server's own persistence and replication outlast.
 *
 * @param client - redis (node-redis 5 and 6: client, pool, cluster, sentinel), ioredis, iovalkey or Valkey GLIDE.
 * @throws ConfigError - `config_invalid` for an option that cannot be used, and for a client that is not connected or
 * whose errors nobody listens to. Its methods reject with `store_unusable` when the server cannot be reached, is full,
 * refuses or does not answer in time; `systemCode` names the failure, such as `ECONNREFUSED`, `OOM` or `NOPERM`.
 *
 * @example
 * ```ts
 * import { redisTokenStore } from '@authsec/store'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://127.0.0.1:6379' })
 * client.on('error', (error: Error) => console.error(error.message))
 * await client.connect()
 *
 * const store = redisTokenStore(client)
 * if (await store.claim('order-17', 86_400_000)) console.log('This process, and no other, sends order 17.')
 * ```
 */
export function redisTokenStore(
  client: RedisClient,
  options: RedisTokenStoreOptions = {},
): LeasingStore {
  checkOptions<RedisTokenStoreOptions>(options, 'the Redis store options', checks)
  const { prefix = 'authsec:', timeoutMs = 1_000, clock = systemClock } = options
  const send = boundedCommands(commandsOf(client, timeoutMs), timeoutMs, clock)
  const named = (kind: 'v' | 'c' | 'l', key: string): string => `${prefix}${kind}:${entryName(key)}`

  return {
    async get(key) {
      checkTexts({ key })
      const name = named('v', key)
      const text = await send(name, ['GET', name], valueReply)
      return text === undefined ? undefined : storedValue(text)
    },
    async set(key, value, ttlMs) {
      checkTexts({ key, value })
      const ttl = String(checkedTtl(ttlMs))
      const name = named('v', key)
      await send(name, ['SET', name, storedText(value), 'PX', ttl], okReply)
    },
    async delete(key) {
      checkTexts({ key })
      const name = named('v', key)
      await send(name, ['DEL', name], yesReply)
    },
    async claim(id, ttlMs) {
      checkTexts({ id })
      const ttl = String(checkedTtl(ttlMs))
      const name = named('c', id)
      return send(name, ['EVAL', TAKE, '1', name, randomUUID(), ttl], yesReply)
    },
    async lease(key, ttlMs) {
      checkTexts({ key })
      const ttl = String(checkedTtl(ttlMs))
      const [name, token] = [named('l', key), randomUUID()]
      const release = async (): Promise<void> => {
        await send(name, ['EVAL', GIVE_BACK, '1', name, token], yesReply)
      }
      // Nobody holds what comes late: without this, all would wait for the end of its time.
      const ifLate = (isMine: boolean): unknown => isMine && release()
      const args = ['EVAL', TAKE, '1', name, token, ttl]
      return (await send(name, args, yesReply, ifLate)) ? { release } : undefined
    },
  }
}
