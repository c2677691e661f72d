import type { DatabaseSync } from 'node:sqlite'
import { ConfigError } from '@authsec/core'
import { filesInPlace, openFile } from './database-file.ts'
import { createEntries, type Entries } from './entries.ts'
import { closedStore, isBusy, movedDatabase, openingError, unusablePath } from './sqlite-errors.ts'

/** An open database that is this store's own. */
export interface Database {
  readonly entries: Entries
  /** Throws a `ConfigError` when the store was closed, or when its file is not the one that was opened. */
  check(): void
  close(): void
}

/** "ASec": a database of something else is not written to. */
const APPLICATION_ID = 0x41536563
const VERSION = 1
const SETUP_MS = 5_000
const PAUSE_MS = 5

const TABLE = `
  CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_ends_at ON entries (ends_at);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};`

/**
 * Creates what is missing. Throws a `ConfigError` for a path that cannot be used, and when others hold the database.
 *
 * @param waitMs - How long it waits for others, which holds up the event loop.
 */
export function openDatabase(path: string, waitMs = SETUP_MS): Database {
  const Sqlite = sqlite()
  const file = openFile(path)
  const isDatabaseInPlace = filesInPlace(file.path)
  const { connection, entries } = untilFree(() => setUp(new Sqlite(file.ownPath)), waitMs)
  // There as long as somebody has the database open. SQLite goes on with files that were removed or replaced, in which
  // nobody else sees what it writes.
  const areOthersInPlace = filesInPlace(`${file.ownPath}-wal`, `${file.ownPath}-shm`)
  let isClosed = false
  return {
    entries,
    check() {
      if (isClosed) throw closedStore()
      if (!isDatabaseInPlace() || !areOthersInPlace()) throw movedDatabase()
    },
    close() {
      if (!isClosed) connection.close()
      isClosed = true
    },
  }
}

/** Loaded when it is needed: Node.js may warn that it is experimental, and older versions do not have it. */
function sqlite(): typeof DatabaseSync {
  const module: { DatabaseSync: typeof DatabaseSync } | undefined =
    process.getBuiltinModule?.('node:sqlite')
  if (module !== undefined) return module.DatabaseSync
  throw new ConfigError({
    code: 'module_missing',
    message: 'This version of Node.js has no node:sqlite.',
    hint: 'Use Node.js 22.13 or later, or redisTokenStore.',
  })
}

interface Opened {
  readonly connection: DatabaseSync
  readonly entries: Entries
}

function setUp(connection: DatabaseSync): Opened {
  try {
    // Waiting for other processes is done outside of SQLite, where it does not hold up the event loop.
    connection.exec('PRAGMA busy_timeout = 0; PRAGMA trusted_schema = OFF')
    refuseForeign(connection)
    if (first(connection, 'PRAGMA journal_mode = WAL') !== 'wal') {
      throw unusablePath(
        'lies where processes cannot share a database',
        'Name a file on a local disk, which no network lies between.',
      )
    }
    // A claim is on the disk before it is reported.
    connection.exec(`PRAGMA synchronous = FULL; BEGIN IMMEDIATE; ${TABLE} COMMIT`)
    return { connection, entries: createEntries(connection) }
  } catch (error) {
    connection.close()
    throw error
  }
}

/** All reads are of one moment: another process may be creating the table. */
function refuseForeign(connection: DatabaseSync): void {
  connection.exec('BEGIN')
  const id = first(connection, 'PRAGMA application_id')
  const version = first(connection, 'PRAGMA user_version')
  const tables = first(connection, 'SELECT count(*) FROM sqlite_schema')
  connection.exec('COMMIT')
  if ((id === 0 && tables === 0) || (id === APPLICATION_ID && version === VERSION)) return
  throw unusablePath(
    'is a database of something else, or of another version of this store',
    'Name a file for the store alone; it is created if it is missing.',
  )
}

function first(connection: DatabaseSync, query: string): unknown {
  return Object.values(connection.prepare(query).get() ?? {})[0]
}

/** Several processes may create the same database at once; SQLite asks some of them to try again. */
function untilFree(setUpOnce: () => Opened, waitMs: number): Opened {
  const end = performance.now() + waitMs
  for (;;) {
    try {
      return setUpOnce()
    } catch (error) {
      if (ConfigError.isInstance(error)) throw error
      if (!isBusy(error) || performance.now() > end) throw openingError(error)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}
