import { randomUUID } from 'node:crypto'
import type { Clock } from '@authsec/core'
import {
  checkedTtl,
  checkOptions,
  checkTexts,
  isText,
  type OptionChecks,
  optionalClock,
  optionalNumber,
  systemClock,
} from '@authsec/core/adapter'
import type { LeasingStore } from '@authsec/core/store'
import { entryName, storedText, storedValue } from '../entry-names.ts'
import { openDatabase } from './database.ts'
import { createSweep } from './entries.ts'
import { createTurns } from './turns.ts'

export interface SqliteTokenStoreOptions {
  /**
   * The file of the database, on a local disk, and the same for all processes that share it. Created with its folder
   * for its owner alone if it is missing; a file or a folder that every user may write is refused.
   */
  readonly path: string
  /** The longest wait for the processes that write, in milliseconds, from 1 to 60 000. Default: 1 000. */
  readonly timeoutMs?: number | undefined
  /** For tests. Default: the system's clock. */
  readonly clock?: Clock | undefined
}

export interface SqliteTokenStore extends LeasingStore {
  /** Closes the database. Later calls reject with `store_unusable`; leases end with their time. */
  close(): void
}

const checks: OptionChecks<SqliteTokenStoreOptions> = {
  path: isText,
  timeoutMs: optionalNumber({ least: 1, most: 60_000, unit: 'milliseconds', integer: true }),
  clock: optionalClock,
}

/**
 * A store for the processes of one machine, in one file, by `node:sqlite`. A claim is on the disk before it is
 * reported, so it outlasts every process and a loss of power. Keys are hashes; values are stored as they are, so seal
 * them. Times follow the wall clock, which the processes share. What ended is removed during later calls. A call
 * holds up the event loop for as long as SQLite works, mostly a sync of the disk, but not while it waits for others.
 *
 * @throws ConfigError - `module_missing` where Node.js has no `node:sqlite` (before 22.13); `config_missing` or
 * `config_invalid` for an option, a file or a folder that cannot be used; `store_unusable` when other processes hold the
 * database for 5 seconds. Its methods reject with `store_unusable` when SQLite fails; `systemCode` names the failure, such as `SQLITE_FULL`.
 *
 * @example
 * ```ts
 * import { sqliteTokenStore } from '@authsec/store'
 *
 * const store = sqliteTokenStore({ path: '/var/lib/my-agent/authsec.db' })
 * if (await store.claim('order-17', 86_400_000)) console.log('This process, and no other, sends order 17.')
 * store.close()
 * ```
 */
export function sqliteTokenStore(options: SqliteTokenStoreOptions): SqliteTokenStore {
  checkOptions<SqliteTokenStoreOptions>(options, 'the SQLite store options', checks)
  const { path, timeoutMs = 1_000, clock = systemClock } = options
  const database = openDatabase(path)
  const { entries } = database
  const inTurn = createTurns(database, timeoutMs, clock)
  const sweep = createSweep(entries)

  /** The clock is read when it is one's turn: the wait before may be long. */
  const write = <T>(work: (now: number) => T): Promise<T> =>
    inTurn(() => {
      sweep(clock.now())
      return work(clock.now())
    })

  return {
    async get(key) {
      checkTexts({ key })
      const text = await inTurn(() => entries.read(entryName(key), clock.now()))
      return text === undefined ? undefined : storedValue(text)
    },
    async set(key, value, ttlMs) {
      checkTexts({ key, value })
      const ttl = checkedTtl(ttlMs)
      await write((now) => entries.write(entryName(key), storedText(value), now + ttl))
    },
    async delete(key) {
      checkTexts({ key })
      await inTurn(() => entries.remove('value', entryName(key)))
    },
    async claim(id, ttlMs) {
      checkTexts({ id })
      const ttl = checkedTtl(ttlMs)
      return write((now) => entries.take('claim', entryName(id), '', now, now + ttl))
    },
    async lease(key, ttlMs) {
      checkTexts({ key })
      const ttl = checkedTtl(ttlMs)
      const [name, token] = [entryName(key), randomUUID()]
      const isMine = await write((now) => entries.take('lease', name, token, now, now + ttl))
      return isMine
        ? { release: () => inTurn(() => entries.remove('lease', name, token)) }
        : undefined
    },
    close: () => database.close(),
  }
}
