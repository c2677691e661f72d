import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { inspect } from 'node:util'
import {
  createFakeClock,
  describeOptions,
  type FakeClock,
  rejection,
  thrown,
} from '@authsec-internal/test-kit'
import { afterAll, describe, expect, it } from 'vitest'
import type { FileStoreOptions } from '../src/store/file-store.ts'
import { storeError } from '../src/store/store-errors.ts'
import { openStoreFolder } from '../src/store/store-folder.ts'
import { type AuthSecStore, createFileStore } from '../src/store.ts'
import { quickDirectory, storeDirectory } from './support/store-directory.ts'

const DAY = 86_400_000
const NOBODY = 65_534

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(directory, path)).isFile(),
  )
}

function create(parent?: string): {
  readonly path: string
  readonly clock: FakeClock
  readonly store: AuthSecStore
} & Disposable {
  const directory = storeDirectory(parent)
  const clock = createFakeClock()
  return {
    path: directory.path,
    clock,
    store: createFileStore({ directory: directory.path, clock }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  }
}

/** The folder of the only claim. */
function claimFolder(directory: string): string {
  const [file = ''] = filesIn(join(directory, 'claims'))
  return join(directory, 'claims', dirname(file))
}

/** Root may read and write everything, so for the time of the work it is another user. */
async function asUnprivilegedUser(
  directory: string,
  skip: (reason: string) => never,
  work: () => Promise<void>,
): Promise<void> {
  if (process.getuid?.() !== 0) return work()
  const { seteuid } = process
  if (seteuid === undefined) {
    console.log('skipped: root may write everything, and this thread cannot become another user')
    return skip('root may write everything')
  }
  for (const path of ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(directory, path), NOBODY, NOBODY)
  }
  seteuid(NOBODY)
  try {
    await work()
  } finally {
    seteuid(0)
  }
}

function setTime(path: string, ms: number): void {
  utimesSync(path, ms / 1_000, ms / 1_000)
}

const valid = storeDirectory()
afterAll(() => valid[Symbol.dispose]())
describeOptions<FileStoreOptions>({
  what: 'the file store',
  create: createFileStore,
  valid: { directory: valid.path },
  options: { directory: [7, 'directry'], clock: [{ now: Date.now }, 'clok'] },
})

describe('the directory of a file store', () => {
  it('is created with its parents, for its owner alone', async () => {
    using parent = storeDirectory()
    const directory = join(parent.path, 'missing/parents/store')
    const store = createFileStore({ directory })
    await store.set('key', 'value', DAY)
    await store.claim('id', DAY)
    for (const path of ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })]) {
      const stat = statSync(join(directory, path))
      expect((stat.mode & 0o777).toString(8), path).toBe(stat.isFile() ? '600' : '700')
    }
  })

  it('shows no key, no ID and no part of them', async () => {
    using made = create()
    const key = 'agent-a594430b-2bd4-4792-9666-63162ee858c5'
    await made.store.set(key, 'value', DAY)
    await made.store.claim(key, DAY)
    for (const path of filesIn(made.path)) {
      expect(path).not.toContain('a594430b')
      expect(readFileSync(join(made.path, path), 'utf8')).not.toContain('a594430b')
    }
  })

  it('may be relative, and stays where it was when the process changes its own', async () => {
    using directory = storeDirectory()
    const store = createFileStore({ directory: relative(process.cwd(), directory.path) })
    await store.claim('id', DAY)
    expect(filesIn(join(directory.path, 'claims'))).toHaveLength(1)
  })

  it.each([
    ['is a file', 'file'],
    ['lies below a file', 'file/store'],
    ['is a link to a file', 'link'],
    ['has a file where a folder belongs', 'occupied'],
  ])('is refused when it %s', (_what, name) => {
    using parent = storeDirectory()
    writeFileSync(join(parent.path, 'file'), '')
    symlinkSync(join(parent.path, 'file'), join(parent.path, 'link'))
    mkdirSync(join(parent.path, 'occupied'))
    writeFileSync(join(parent.path, 'occupied/claims'), '')
    const error = thrown(() => createFileStore({ directory: join(parent.path, name) }))
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: 'directory is a file, or lies below one.',
    })
    expect(JSON.stringify(error) + String(error.stack?.split('\n')[0])).not.toContain(parent.path)
  })

  it.each(['a\0b', 'x'.repeat(5_000)])('is refused when no file system can have it', (name) => {
    using parent = storeDirectory()
    expect(thrown(() => createFileStore({ directory: join(parent.path, name) }))).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: 'directory cannot be created, read and written.',
      systemCode: expect.stringMatching(/^(ERR_INVALID_ARG_VALUE|ENAMETOOLONG)$/),
    })
  })

  it('is refused when every user may write it', () => {
    using directory = storeDirectory()
    for (const mode of [0o777, 0o1777, 0o703]) {
      chmodSync(directory.path, mode)
      expect(thrown(() => createFileStore({ directory: directory.path }))).toMatchObject({
        code: 'config_invalid',
        message: 'directory may be written by every user of this machine.',
      })
    }
    expect(readdirSync(directory.path)).toEqual([])
    chmodSync(directory.path, 0o775)
    expect(() => createFileStore({ directory: directory.path })).not.toThrow()
  })

  it('is refused when this process may not write it', async ({ skip }) => {
    using directory = storeDirectory()
    await asUnprivilegedUser(directory.path, skip, async () => {
      for (const mode of [0o500, 0o600, 0o000]) {
        chmodSync(directory.path, mode)
        expect(thrown(() => createFileStore({ directory: directory.path }))).toMatchObject({
          code: 'config_invalid',
          message: 'directory cannot be created, read and written.',
          systemCode: 'EACCES',
        })
      }
      chmodSync(directory.path, 0o700)
      expect(() => createFileStore({ directory: directory.path })).not.toThrow()
    })
  })
})

describe('a file store whose directory is gone', () => {
  it.each(['', 'claims', 'drafts'])('rejects a claim when "%s" was removed', async (folder) => {
    using made = create()
    rmSync(join(made.path, folder), { recursive: true })
    const error = await rejection(made.store.claim('id', DAY))
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'store_unusable',
      systemCode: 'ENOENT',
      hint: expect.stringMatching(/claims/),
    })
    expect(JSON.stringify(error)).not.toContain(made.path)
  })

  it('rejects calls when a file is in the place of a folder', async () => {
    using made = create()
    for (const folder of ['claims', 'values']) {
      rmSync(join(made.path, folder), { recursive: true })
      writeFileSync(join(made.path, folder), '')
    }
    for (const call of [
      () => made.store.claim('id', DAY),
      () => made.store.get('key'),
      () => made.store.set('key', 'value', DAY),
      () => made.store.delete('key'),
    ]) {
      expect(await rejection(call())).toMatchObject({
        code: 'store_unusable',
        systemCode: 'ENOTDIR',
      })
    }
  })

  it('rejects calls when this process may not write any more, and goes on when it may', async ({
    skip,
  }) => {
    using made = create()
    await asUnprivilegedUser(made.path, skip, async () => {
      const { claims, values } = {
        claims: join(made.path, 'claims'),
        values: join(made.path, 'values'),
      }
      for (const path of [claims, values]) chmodSync(path, 0o000)
      for (const call of [
        () => made.store.claim('id', DAY),
        () => made.store.get('key'),
        () => made.store.set('key', 'value', DAY),
      ]) {
        expect(await rejection(call())).toMatchObject({
          code: 'store_unusable',
          systemCode: 'EACCES',
          message: 'This process may not read and write the files of the store.',
        })
      }
      for (const path of [claims, values]) chmodSync(path, 0o700)
      expect(await made.store.claim('id', DAY)).toBe(true)
      expect(readdirSync(join(made.path, 'drafts'))).toEqual([])
    })
  })
})

describe('the error of a failing file system', () => {
  it.each([
    ['ENOSPC', 'The disk of the store is full.', false],
    ['EDQUOT', 'The disk of the store is full.', false],
    ['EROFS', 'This process may not read and write the files of the store.', false],
    ['ERR_ACCESS_DENIED', 'This process may not read and write the files of the store.', false],
    ['EMFILE', 'The system had no room for another open file of the store.', true],
    ['EIO', 'The file system of the store failed.', false],
  ])('names the cause of %s, without a path', (code, message, retryable) => {
    const foreign = Object.assign(new Error(`${code}: open '/secret/path'`), { code })
    const error = storeError(foreign)
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'store_unusable',
      message,
      retryable,
      systemCode: code,
      hint: expect.stringMatching(/\w/),
    })
    expect(inspect(error)).not.toContain('secret')
  })

  it('is left as it is where it is none', () => {
    const mistake = new TypeError('x is not a function')
    expect(storeError(mistake)).toBe(mistake)
  })
})

describe('a claim in files', () => {
  it('holds for a store that is made anew, and for one beside it', async () => {
    using made = create()
    expect(await made.store.claim('id', DAY)).toBe(true)
    const other = createFileStore({ directory: made.path, clock: made.clock })
    expect(await other.claim('id', DAY)).toBe(false)
    await made.clock.advance(DAY)
    const results = await Promise.all([other.claim('id', DAY), made.store.claim('id', DAY)])
    expect(results.filter(Boolean)).toHaveLength(1)
  })

  it.each(['', 'x', '1', '99999999999999', '-', '1-', '1-a594430b', '17950000000'])(
    'counts when it cannot be read, as "%s", until its time of change plus 30 days',
    async (name) => {
      using made = create()
      await made.store.claim('id', DAY)
      const home = claimFolder(made.path)
      const [own = ''] = readdirSync(home)
      rmSync(join(home, own))
      const path = join(home, name || 'empty')
      writeFileSync(path, '')
      setTime(path, made.clock.now())
      await made.clock.advance(30 * DAY - 1_000)
      expect(await made.store.claim('id', DAY)).toBe(false)
      await made.clock.advance(1_001)
      const results = await Promise.all([1, 2, 3].map(() => made.store.claim('id', DAY)))
      expect(results.filter(Boolean)).toHaveLength(1)
      expect(readdirSync(home)).toHaveLength(1)
    },
  )

  it('is nobody’s twice when somebody has copied its file', async () => {
    using made = create()
    await made.store.claim('id', 1_000)
    const home = claimFolder(made.path)
    const [own = ''] = readdirSync(home)
    writeFileSync(
      join(
        home,
        own.replace(/.$/, (end) => (end === '0' ? '1' : '0')),
      ),
      '',
    )
    await made.clock.advance(1_000)
    const results = await Promise.all(Array.from({ length: 9 }, () => made.store.claim('id', DAY)))
    expect(results.filter(Boolean)).toEqual([])
  })

  it('can be taken where a killed process left drafts or an empty folder', async () => {
    using made = create()
    await made.store.claim('id', 1_000)
    const home = claimFolder(made.path)
    rmSync(home, { recursive: true })
    mkdirSync(join(made.path, 'drafts/empty'))
    mkdirSync(join(made.path, 'drafts/whole'))
    writeFileSync(join(made.path, 'drafts/whole/1-x'), '')
    writeFileSync(join(made.path, 'drafts/value'), '')
    expect(await made.store.claim('id', 1_000)).toBe(true)
    rmSync(home, { recursive: true })
    mkdirSync(home)
    expect(await made.store.claim('id', 1_000)).toBe(true)
    expect(await made.store.claim('id', 1_000)).toBe(false)
  })

  it('takes about as long among 10 000 as among few', async () => {
    using made = create(quickDirectory)
    const folder = openStoreFolder(made.path)
    const plant = async (id: string): Promise<void> => {
      const home = folder.path('claims', id)
      await mkdir(home)
      await writeFile(join(home, `${made.clock.now() + DAY}-${randomUUID()}`), '')
    }
    const inParts = async (name: string, count: number, work: (id: string) => Promise<unknown>) => {
      const start = performance.now()
      for (let first = 0; first < count; first += 20) {
        const ids = Array.from({ length: 20 }, (_, offset) => `${name} ${first + offset}`)
        await Promise.all(ids.map(work))
      }
      return performance.now() - start
    }
    const fastest = async (name: string): Promise<number> => {
      const times: number[] = []
      for (const round of [1, 2, 3, 4]) {
        times.push(await inParts(`${name} ${round}`, 100, (id) => made.store.claim(id, DAY)))
      }
      return Math.min(...times)
    }
    const few = await fastest('few')
    await inParts('planted', 10_000, plant)
    expect(await made.store.claim('planted 9999', DAY)).toBe(false)
    expect((await fastest('many')) / few).toBeLessThan(5)
  })
})

describe('a value in files', () => {
  it.each([
    '',
    'text',
    '1795000000000',
    '1795000000000\n',
    '99999999999999\n{"a":1}',
    '9'.repeat(40),
  ])('that a disk has damaged to "%s" is none, and can be set again', async (damaged) => {
    using made = create()
    await made.store.set('key', 'value', DAY)
    const [file = ''] = filesIn(join(made.path, 'values'))
    writeFileSync(join(made.path, 'values', file), damaged)
    expect(await made.store.get('key')).toBeUndefined()
    await made.store.set('key', 'value', DAY)
    expect(await made.store.get('key')).toBe('value')
  })

  it('is old or new for every reader, never a part', async () => {
    using made = create()
    const values = ['a'.repeat(200_000), 'b'.repeat(200_000)]
    await made.store.set('key', values[0] ?? '', DAY)
    const seen = new Set<string | undefined>()
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        await made.store.set('key', values[index % 2] ?? '', DAY)
        seen.add(await made.store.get('key'))
      }),
    )
    expect([...seen].every((value) => value !== undefined && values.includes(value))).toBe(true)
    expect(readdirSync(join(made.path, 'drafts'))).toEqual([])
  })
})

describe('sweeping a file store', () => {
  it('removes what ended during later calls, and nothing that holds', async () => {
    using made = create()
    const { store, clock, path } = made
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        await store.set(`short ${index}`, 'value', 1_000)
        await store.claim(`short ${index}`, 1_000)
      }),
    )
    await store.set('long', 'value', 30 * DAY)
    await store.claim('long', 30 * DAY)
    mkdirSync(join(path, 'drafts/old'))
    setTime(join(path, 'drafts/old'), clock.now() - 3_600_000)
    writeFileSync(join(path, 'drafts/new'), '')
    setTime(join(path, 'drafts/new'), clock.now() - 3_000_000)
    await clock.advance(1_000)
    // Each sweep looks at one of sixteen folders.
    for (let call = 0; call < 16 * 16; call++) await store.set('another', 'value', DAY)
    expect(filesIn(join(path, 'claims'))).toHaveLength(1)
    expect(filesIn(join(path, 'values'))).toHaveLength(2)
    const folders = readdirSync(join(path, 'claims'), { recursive: true, encoding: 'utf8' })
    expect(folders.filter((name) => name.length > 60)).toHaveLength(2)
    expect(readdirSync(join(path, 'drafts'))).toEqual(['new'])
    expect(await store.get('long')).toBe('value')
    expect(await store.claim('long', DAY)).toBe(false)
  })

  it('never makes a call fail', async () => {
    using made = create()
    for (const part of '0123456789abcdef') {
      mkdirSync(join(made.path, 'values', part, 'a folder'))
      writeFileSync(join(made.path, 'claims', part, 'a file'), '')
    }
    for (let call = 0; call < 300; call++) {
      expect(await made.store.claim(`${call}`, DAY)).toBe(true)
    }
  })
})
