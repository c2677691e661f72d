import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { inspect } from 'node:util'
import {
  createFakeClock,
  describeOptions,
  describeStore,
  rejection,
  thrown,
} from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type SqliteTokenStore,
  type SqliteTokenStoreOptions,
  sqliteTokenStore,
} from '../src/index.ts'
import { openDatabase } from '../src/sqlite/database.ts'

const DAY = 86_400_000

/** Opens the database of its argument and leaves it open. */
const OTHER_PROCESS = `
const { DatabaseSync } = require('node:sqlite')
new DatabaseSync(process.argv[1]).exec('CREATE TABLE IF NOT EXISTS other (id)')
process.kill(process.pid, 'SIGKILL')`

const directories: string[] = []
const stores: SqliteTokenStore[] = []
afterEach(() => {
  for (const store of stores.splice(0)) store.close()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

function newPath(name = 'authsec.db'): string {
  const directory = mkdtempSync(join(tmpdir(), 'authsec-sqlite-'))
  directories.push(directory)
  return join(directory, name)
}

function create(options: Partial<SqliteTokenStoreOptions> = {}): SqliteTokenStore {
  const store = sqliteTokenStore({ path: newPath(), ...options })
  stores.push(store)
  return store
}

describeStore({ what: 'SQLite', withStore: (use, clock) => use(create({ clock })) })

describeOptions<SqliteTokenStoreOptions>({
  what: 'the SQLite store',
  create: (options) => stores.push(sqliteTokenStore(options)),
  valid: {
    get path() {
      return newPath()
    },
  },
  options: {
    path: [7, 'pth'],
    timeoutMs: [0, 'timeoutMS'],
    clock: [{ now: Date.now }, 'clok'],
  },
})

describe('the path of a SQLite store', () => {
  it('is created with its folders, for its owner alone', async () => {
    const path = join(newPath('missing'), 'parents/authsec.db')
    const store = create({ path })
    await store.set('key', 'value', DAY)
    await store.claim('id', DAY)
    const files = readdirSync(join(path, '..'))
    expect(files.toSorted()).toEqual(['authsec.db', 'authsec.db-shm', 'authsec.db-wal'])
    for (const file of files) {
      expect(statSync(join(path, '..', file)).mode & 0o777, file).toBe(0o600)
    }
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  })

  it.each([':memory:', ':whatever', 'file:authsec.db', 'FILE:/tmp/x.db?mode=memory'])(
    'is refused as "%s", which is no file that others see',
    (path) => {
      expect(thrown(() => create({ path }))).toMatchObject({
        name: 'ConfigError',
        code: 'config_invalid',
        message: 'path must be the path of a file.',
        hint: expect.stringContaining('createMemoryStore'),
      })
    },
  )

  it.each([
    ['is a folder', 'folder', /^path is no file/],
    ['is a link to a folder', 'link', /^path is no file/],
    ['is a link to nothing', 'dangling', /^path cannot be created/],
    ['lies below a file', 'text/authsec.db', /^path cannot be created/],
    ['is a text file', 'text', /^path is no database, or a damaged one/],
    ['is too long', `${'x'.repeat(5_000)}`, /^path cannot be created/],
    ['has a NUL', 'a\0b', /^path cannot be created/],
  ])('is refused when it %s', (_what, name, message) => {
    const directory = join(newPath(), '..')
    mkdirSync(join(directory, 'folder'))
    symlinkSync(join(directory, 'folder'), join(directory, 'link'))
    symlinkSync(join(directory, 'nothing'), join(directory, 'dangling'))
    writeFileSync(join(directory, 'text'), 'no database '.repeat(1_000))
    const error = thrown(() => create({ path: join(directory, name) }))
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/\w/),
    })
    expect(inspect(error).split('\n')[0]).not.toContain(directory)
    expect(JSON.stringify(error)).not.toContain(directory)
  })

  it('is refused as a database of something else, which stays as it was', () => {
    const path = newPath()
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE people (name TEXT)')
    other.close()
    const before = readFileSync(path)
    expect(thrown(() => create({ path }))).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('of something else'),
    })
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(join(path, '..'))).toEqual(['authsec.db'])
  })

  it.each([
    ['application_id', 17],
    ['user_version', 2],
  ])('is refused when its %s is another', (pragma, value) => {
    const path = newPath()
    create({ path }).close()
    const other = new DatabaseSync(path)
    other.exec(`PRAGMA ${pragma} = ${value}`)
    other.close()
    expect(thrown(() => create({ path }))).toMatchObject({ code: 'config_invalid' })
  })

  it('is refused when every user may write the file or its folder', () => {
    const path = newPath()
    create({ path }).close()
    const folder = join(path, '..')
    for (const [where, mode, message] of [
      [path, 0o666, 'path may be written by every user of this machine.'],
      [path, 0o602, 'path may be written by every user of this machine.'],
      [folder, 0o777, 'path lies in a folder that every user of this machine may write.'],
      [folder, 0o1777, 'path lies in a folder that every user of this machine may write.'],
    ] as const) {
      const before = statSync(where).mode
      chmodSync(where, mode)
      expect(
        thrown(() => create({ path })),
        `${mode}`,
      ).toMatchObject({
        code: 'config_invalid',
        message,
      })
      chmodSync(where, before)
    }
    chmodSync(path, 0o660)
    expect(() => create({ path })).not.toThrow()
  })

  it('may be relative, and stays where it was when the process changes its own', async () => {
    const path = newPath()
    const store = create({ path: relative(process.cwd(), path) })
    const cwd = process.cwd
    try {
      process.cwd = () => '/'
      expect(await store.claim('id', DAY)).toBe(true)
    } finally {
      process.cwd = cwd
    }
    expect(existsSync(path)).toBe(true)
  })
})

describe('a SQLite store', () => {
  it('says which Node.js it needs where there is no node:sqlite', () => {
    const missing = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    const error = thrown(() => create())
    missing.mockRestore()
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'module_missing',
      hint: expect.stringContaining('22.13'),
    })
  })

  it('shows no key, no ID and no part of them in its files', async () => {
    const path = newPath()
    const store = create({ path })
    const key = 'agent-a594430b-2bd4-4792-9666-63162ee858c5'
    await store.set(key, 'value', DAY)
    await store.claim(key, DAY)
    await store.lease(key, DAY)
    for (const file of readdirSync(join(path, '..'))) {
      expect(readFileSync(join(path, '..', file), 'latin1'), file).not.toContain('a594430b')
    }
  })

  it('keeps claims, leases and values for a store that is made anew, and for one beside it', async () => {
    const path = newPath()
    const clock = createFakeClock()
    const first = create({ path, clock })
    await first.set('key', 'value', DAY)
    await first.claim('id', DAY)
    const held = await first.lease('key', DAY)
    const beside = create({ path, clock })
    expect(await beside.get('key')).toBe('value')
    expect(await beside.claim('id', DAY)).toBe(false)
    expect(await beside.lease('key', DAY)).toBeUndefined()
    await held?.release()
    expect(await beside.lease('key', DAY)).toBeDefined()
    first.close()
    beside.close()
    const anew = create({ path, clock })
    expect(await anew.claim('id', DAY)).toBe(false)
    expect(await anew.lease('key', DAY)).toBeUndefined()
    await clock.advance(DAY)
    expect(await anew.claim('id', DAY)).toBe(true)
    expect(await anew.lease('key', DAY)).toBeDefined()
    expect(await anew.get('key')).toBeUndefined()
  })

  it('rejects calls after it was closed, and may be closed twice', async () => {
    const store = create()
    const held = await store.lease('key', DAY)
    store.close()
    store.close()
    for (const call of [
      () => store.get('key'),
      () => store.set('key', 'value', DAY),
      () => store.delete('key'),
      () => store.claim('id', DAY),
      () => store.lease('key', DAY),
      () => held?.release() ?? Promise.resolve(),
    ]) {
      expect(await rejection(call())).toMatchObject({
        code: 'store_unusable',
        message: 'The SQLite store was closed.',
      })
    }
  })

  it.each([
    ['removed', (path: string) => rmSync(path)],
    ['renamed', (path: string) => renameSync(path, `${path}.old`)],
    [
      'replaced',
      (path: string) => {
        rmSync(path)
        sqliteTokenStore({ path }).close()
      },
    ],
    ['removed with its folder', (path: string) => rmSync(join(path, '..'), { recursive: true })],
    ['left without its -wal', (path: string) => rmSync(`${path}-wal`)],
    ['left without its -shm', (path: string) => renameSync(`${path}-shm`, `${path}-shm.old`)],
    [
      'left without both, so that the next process makes new ones',
      (path: string) => {
        rmSync(`${path}-wal`)
        rmSync(`${path}-shm`)
        spawnSync(process.execPath, ['-e', OTHER_PROCESS, path])
      },
    ],
    [
      'given an empty -wal',
      (path: string) => {
        rmSync(`${path}-wal`)
        writeFileSync(`${path}-wal`, '')
      },
    ],
  ])(
    'rejects calls when its file was %s, rather than claim what nobody sees',
    async (_how, take) => {
      const path = newPath()
      const store = create({ path })
      await store.set('key', 'value', DAY)
      take(path)
      for (const call of [() => store.claim('id', DAY), () => store.get('key')]) {
        expect(await rejection(call())).toMatchObject({
          code: 'store_unusable',
          message: expect.stringContaining('removed or replaced'),
        })
      }
    },
  )

  it('names the cause where the system does not let it look at its file', async () => {
    const path = newPath()
    const store = create({ path })
    rmSync(path)
    symlinkSync(path, path)
    for (const call of [() => store.claim('id', DAY), () => store.get('key')]) {
      expect(await rejection(call())).toMatchObject({ code: 'store_unusable', systemCode: 'ELOOP' })
    }
  })

  it('says at opening that others hold the database, which is no mistake in the path', () => {
    const path = newPath()
    create({ path }).close()
    const other = new DatabaseSync(path)
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    const start = performance.now()
    expect(thrown(() => openDatabase(path, 100))).toMatchObject({
      name: 'ConfigError',
      code: 'store_unusable',
      systemCode: 'SQLITE_BUSY',
      retryable: true,
    })
    expect(performance.now() - start).toBeGreaterThanOrEqual(100)
    other.close()
    expect(() => openDatabase(path, 100).close()).not.toThrow()
  })

  it('waits for another writer, without holding up the event loop', async () => {
    const path = newPath()
    const store = create({ path })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const counting = setInterval(() => {
      turns += 1
    }, 1)
    const claim = store.claim('id', DAY)
    await new Promise((resolve) => setTimeout(resolve, 100))
    other.exec('ROLLBACK')
    other.close()
    expect(await claim).toBe(true)
    clearInterval(counting)
    expect(turns).toBeGreaterThan(5)
  })

  it('rejects a claim, a lease and a value that wait for another writer too long, and reads go on', async () => {
    const path = newPath()
    const clock = createFakeClock()
    const store = create({ path, clock, timeoutMs: 200 })
    await store.set('key', 'value', DAY)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    for (const call of [
      () => store.claim('id', DAY),
      () => store.lease('key', DAY),
      () => store.set('key', 'other', DAY),
      () => store.delete('key'),
    ]) {
      const start = clock.monotonic()
      const error = rejection(call())
      await clock.advance(200)
      expect(await error).toMatchObject({
        code: 'store_unusable',
        systemCode: 'SQLITE_BUSY',
        retryable: true,
        hint: expect.stringContaining('timeoutMs'),
      })
      expect(clock.monotonic() - start).toBeLessThanOrEqual(200)
      expect(clock.pending).toBe(0)
    }
    expect(await store.get('key')).toBe('value')
    other.exec('ROLLBACK')
    other.close()
    expect(await store.claim('id', DAY)).toBe(true)
  })

  it.each([
    [13, 'SQLITE_FULL', 'The disk of the store is full.'],
    [1_032, 'SQLITE_READONLY', 'This process may not read and write the database of the store.'],
    [11, 'SQLITE_CORRUPT', 'The database of the store is damaged.'],
    [522, 'SQLITE_IOERR', 'The database of the store failed.'],
    [1, 'SQLITE_ERROR', 'The database of the store failed.'],
    [7, 'SQLITE_NOMEM', 'The database of the store failed.'],
    [4_242, undefined, 'The database of the store failed.'],
  ])('names the cause of the result code %i of SQLite', async (errcode, systemCode, message) => {
    const store = create()
    const failure = Object.assign(new Error('planted-value'), { errcode, code: 'ERR_SQLITE_ERROR' })
    const spied = vi.spyOn(JSON, 'stringify').mockImplementationOnce(() => {
      throw failure
    })
    const error = await rejection(store.set('key', 'value', DAY))
    spied.mockRestore()
    expect(error).toMatchObject({ name: 'ConfigError', code: 'store_unusable', message })
    expect(Reflect.get(error, 'systemCode')).toBe(systemCode)
    expect(inspect(error)).not.toContain('planted')
  })

  it('removes what ended during later calls, and nothing that holds', async () => {
    const path = newPath()
    const clock = createFakeClock()
    const store = create({ path, clock })
    for (let number = 0; number < 100; number++) {
      await store.set(`short ${number}`, 'value', 1_000)
      await store.claim(`short ${number}`, 1_000)
      await store.lease(`short ${number}`, 1_000)
    }
    await store.set('long', 'value', 30 * DAY)
    await store.claim('long', 30 * DAY)
    await clock.advance(1_000)
    for (let number = 0; number < 160; number++) await store.claim(`later ${number}`, DAY)
    store.close()
    const database = new DatabaseSync(path)
    const { rows } = database.prepare('SELECT count(*) AS rows FROM entries').get() ?? {}
    database.close()
    expect(rows).toBe(162)
    expect(await create({ path, clock }).claim('long', DAY)).toBe(false)
  })
})
