import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuthSecClientFromEnv } from '@authsec/core'
import type { AuthSecStore } from '@authsec/core/store'
import { sqliteTokenStore } from '@authsec/store'
import { plantSecret, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { number, startFakeRedis, text } from './support/fake-redis.ts'
import { authsec, doctor, envOf } from './support/run.ts'

/** A folder of a program, which has `redis` and `ioredis`. */
const cwd = fileURLToPath(new URL('../', import.meta.url))
const auto = { AUTHSEC_MODE: 'auto' }
const PASSWORD = 'correct-horse-battery'
const keysOf = (name: string, factor: number): string =>
  `${name}:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * factor)).toString('base64url')}`
const KEYS = keysOf('2026-11', 7)

function inFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'authsec-doctor-store-'))
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Of the checks of the store, whatever else the doctor finds. */
async function found(store: string, options: Parameters<typeof doctor>[1] = {}, seconds = '2') {
  const run = await doctor(['--store', store, '--timeout', seconds], { env: auto, cwd, ...options })
  const ours = run.findings.filter(({ code }) => code.startsWith('store_'))
  return { ...run, ours, codes: ours.map(({ code }) => code), store: run.facts['store'] }
}

/** A folder of a program that has one client of Redis. */
function projectWith(folder: string, name: string): string {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(realpathSync(join(cwd, 'node_modules', name)), join(folder, 'node_modules', name))
  return folder
}

describe('The doctor, about a store', () => {
  test('looks at none without --store', async () => {
    const { facts } = await doctor([], { env: auto, cwd })
    expect(facts).not.toHaveProperty('store')
  })

  test('is silent about a database of SQLite that works', async () => {
    using bench = inFolder()
    sqliteTokenStore({ path: join(bench.folder, 'authsec.db') }).close()
    const { codes, store } = await found('sqlite:authsec.db', { cwd: bench.folder })
    expect(codes).toEqual([])
    expect(store).toMatchObject({ kind: 'SQLite', entry: 'not checked' })
    expect(store).toMatchObject({ roundTripMs: expect.any(Number) })
    expect(store).not.toHaveProperty('eviction')
  })

  test.each(['redis', 'ioredis'])('is silent about a Redis that works, by %s', async (name) => {
    using bench = inFolder()
    await using redis = await startFakeRedis()
    const { codes, store } = await found(redis.url, { cwd: projectWith(bench.folder, name) })
    expect(codes).toEqual([])
    expect(store).toMatchObject({ kind: `Redis, by ${name}`, eviction: 'noeviction' })
  })

  test('takes the address from a variable, and never shows it', async () => {
    plantSecret('the password', PASSWORD)
    await using redis = await startFakeRedis()
    const url = redis.url.replace('redis://', `redis://agents:${PASSWORD}@`)
    const { codes } = await found('env:REDIS_URL', { env: { ...auto, REDIS_URL: url } })
    expect(codes).toEqual([])
    for (const bad of [`rediss:/${PASSWORD}`, `redis:${PASSWORD}`, `http://a:${PASSWORD}@h`]) {
      const run = await authsec(['doctor', '--store', bad], { env: auto, cwd })
      expect(run).toMatchObject({ code: 2, err: expect.stringMatching(/--store must be redis/) })
    }
    const unset = await authsec(['doctor', '--store', 'env:NO_URL'], { env: auto, cwd })
    expect(unset).toMatchObject({ code: 2, err: expect.stringMatching(/NO_URL is not set/) })
  })

  test('finds store_client_missing in a folder without a client', async () => {
    using bench = inFolder()
    const { codes } = await found('redis://127.0.0.1:1', { cwd: bench.folder })
    expect(codes).toEqual(['store_client_missing'])
  })

  test.each(['redis', 'ioredis'])(
    'finds store_unreachable for what cannot be, by %s',
    async (name) => {
      using bench = inFolder()
      const project = projectWith(bench.folder, name)
      plantSecret('the password', PASSWORD)
      const closed = await found(`redis://agents:${PASSWORD}@127.0.0.1:1`, { cwd: project })
      expect(closed.ours).toMatchObject(
        [{ code: 'store_unreachable', cause: /ECONNREFUSED/ }].map(({ code, cause }) => ({
          code,
          cause: expect.stringMatching(cause),
        })),
      )
      await using refusing = await startFakeRedis((command) =>
        command === 'HELLO' || command === 'AUTH'
          ? '-WRONGPASS invalid username-password pair\r\n'
          : undefined,
      )
      const url = refusing.url.replace('redis://', `redis://agents:${PASSWORD}@`)
      const refused = await found(url, { cwd: project })
      expect(refused.codes).toEqual(['store_unreachable'])
      expect(refused.ours[0]?.cause).toMatch(/WRONGPASS/)
      await using silent = await startFakeRedis(() => 'silence')
      expect((await found(silent.url, { cwd: project })).codes).toContainEqual(
        expect.stringMatching(/^store_(unreachable|call_failed)$/),
      )
    },
  )

  test('finds store_unreachable for a file that is not there or no database, and makes none', async () => {
    using bench = inFolder()
    const path = join(bench.folder, 'no.db')
    expect((await found(`sqlite:${path}`)).codes).toEqual(['store_unreachable'])
    expect((await found(`sqlite:${path}`)).codes).toEqual(['store_unreachable'])
    const other = await found(`sqlite:${join(cwd, 'package.json')}`)
    expect(other.codes).toEqual(['store_unreachable'])
    const empty = join(bench.folder, 'empty.db')
    writeFileSync(empty, '', { mode: 0o600 })
    expect((await found(`sqlite:${empty}`)).codes).toEqual(['store_unreachable'])
    expect(readFileSync(empty, 'utf8')).toBe('')
  })

  test('finds store_unreachable, and no fault of its own, for a path that no file can have', async () => {
    using bench = inFolder()
    symlinkSync(join(bench.folder, 'loop'), join(bench.folder, 'loop'))
    mkdirSync(join(bench.folder, 'folder'))
    for (const [path, cause] of [
      ['a'.repeat(5_000), /ENAMETOOLONG/],
      ['loop', /ELOOP/],
      ['loop/authsec.db', /ELOOP/],
      ['folder', /is no file/],
    ] as const) {
      const { ours, findings } = await found(`sqlite:${path}`, { cwd: bench.folder })
      expect(ours).toMatchObject([{ code: 'store_unreachable' }])
      expect(ours[0]?.cause).toMatch(cause)
      expect(findings.map(({ code }) => code)).not.toContain('check_failed')
    }
  })

  test.each(['redis', 'ioredis'])(
    'is done in time, and keeps no connection, where %s gets no answer to a command',
    async (name) => {
      using bench = inFolder()
      const project = projectWith(bench.folder, name)
      for (const of of ['INFO', 'SET', 'GET', 'EVAL']) {
        await using redis = await startFakeRedis((command) =>
          command === of ? 'silence' : undefined,
        )
        const start = performance.now()
        const run = await doctor(['--store', redis.url, '--timeout', '0.5'], {
          env: auto,
          cwd: project,
        })
        // Each step has its own end, and not that of the whole check.
        expect(performance.now() - start, of).toBeLessThan(2_700)
        expect(run.codes, of).not.toContain('check_timed_out')
        expect(run.codes.includes('store_call_failed'), of).toBe(of !== 'INFO')
        if (of === 'INFO')
          expect(run.facts['store']).toMatchObject({
            eviction: expect.stringMatching(/^not known/),
          })
        await expect.poll(() => redis.connections, { message: of }).toBe(0)
      }
    },
  )

  test.each([
    ['redis', /says SocketClosedUnexpectedlyError/],
    ['ioredis', /says ConnectionClosed/],
  ])('says that the server closed the connection, by %s', async (name, cause) => {
    using bench = inFolder()
    const server = createServer((socket) => socket.on('data', () => socket.end()))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `redis://127.0.0.1:${Object(server.address()).port}`
    const { ours } = await found(url, { cwd: projectWith(bench.folder, name) })
    server.close()
    expect(ours).toMatchObject([{ code: 'store_unreachable' }])
    expect(ours[0]?.cause).toMatch(cause)
  })

  test('keeps no connection when its whole time is up', async () => {
    // Each answer is in time, and all of them are not.
    await using redis = await startFakeRedis(undefined, { delayMs: 250 })
    const { codes } = await doctor(['--store', redis.url, '--timeout', '0.3'], { env: auto, cwd })
    expect(codes).toContain('check_timed_out')
    await expect.poll(() => redis.connections).toBe(0)
  })

  test.each(['16.1', '0.5004', '1.0005', '0.3333'])(
    'takes %s seconds for the time that they are',
    async (seconds) => {
      await using redis = await startFakeRedis()
      const { codes } = await found(redis.url, {}, seconds)
      expect(codes).toEqual([])
      await expect.poll(() => redis.connections).toBe(0)
    },
  )

  test.each([
    'redis://127.0.0.1:6379/abc',
    'redis://127.0.0.1:6379/0/1',
    `redis://agents:${PASSWORD}%@127.0.0.1:6379`,
    `redis://${PASSWORD}%zz@127.0.0.1:6379`,
    `rediss://agents:${PASSWORD}@127.0.0.1:6379/-1`,
  ])('is not asked to look at the address of %s, which no client understands', async (url) => {
    plantSecret('the password', PASSWORD)
    const run = await authsec(['doctor', '--store', 'env:REDIS_URL'], {
      env: { ...auto, REDIS_URL: url },
      cwd,
    })
    expect(run).toMatchObject({ code: 2, err: expect.stringMatching(/--store must be redis/) })
  })

  test.each([
    ['NOPERM this user has no permissions to run the command', 'EVAL', /NOPERM/],
    ['OOM command not allowed when used memory > maxmemory', 'SET', /OOM/],
    ['READONLY You can not write against a read only replica.', 'SET', /READONLY/],
    ['LOADING Redis is loading the dataset in memory', 'GET', /LOADING/],
  ])('finds store_call_failed for %s', async (error, of, cause) => {
    await using redis = await startFakeRedis((command) =>
      command === of ? `-${error}\r\n` : undefined,
    )
    const { ours } = await found(redis.url)
    expect(ours).toMatchObject([{ code: 'store_call_failed', severity: 'error' }])
    expect(ours[0]?.cause).toMatch(cause)
  })

  test.each([
    ['keeps nothing', 'GET', () => text(undefined), /was not there/],
    ['gives every claim', 'EVAL', () => number(true), /claim was given twice/],
    ['refuses every claim', 'EVAL', () => number(false), /claim that nobody has was refused/],
    ['deletes nothing', 'DEL', () => number(false), /deleted is still there/],
  ])('finds store_wrong for a store that %s', async (_how, of, reply, cause) => {
    await using redis = await startFakeRedis((command) => (command === of ? reply() : undefined))
    const { ours } = await found(redis.url)
    expect(new Set(ours.map(({ code }) => code))).toEqual(new Set(['store_wrong']))
    expect(ours.map((one) => one.cause).join('\n')).toMatch(cause)
  })

  test('finds store_wrong where a lease that was released is still taken', async () => {
    await using redis = await startFakeRedis((command, args) =>
      command === 'EVAL' && args.length === 4 ? number(false) : undefined,
    )
    const { ours } = await found(redis.url)
    expect(ours[0]?.cause).toMatch(/released is still taken/)
  })

  test.each(['allkeys-lru', 'volatile-ttl', 'allkeys-random'])(
    'finds store_evicts for %s',
    async (policy) => {
      await using redis = await startFakeRedis((command) =>
        command === 'INFO' ? text(`maxmemory_policy:${policy}\r\n`) : undefined,
      )
      const { ours, store } = await found(redis.url)
      expect(ours).toMatchObject([{ code: 'store_evicts', severity: 'warning' }])
      expect(store).toMatchObject({ eviction: policy })
    },
  )

  test('says so, and finds nothing, where the user may not see the policy', async () => {
    await using redis = await startFakeRedis((command) =>
      command === 'INFO' ? '-NOPERM this user has no permissions to run info\r\n' : undefined,
    )
    const { codes, store } = await found(redis.url)
    expect(codes).toEqual([])
    expect(store).toMatchObject({ eviction: expect.stringMatching(/^not known/) })
  })

  test.each([
    [0, []],
    [80, ['store_slow']],
  ])('judges a store that answers after %d ms', async (delayMs, codes) => {
    await using redis = await startFakeRedis(undefined, { delayMs })
    expect((await found(redis.url)).codes).toEqual(codes)
  })
})

describe("The doctor, about an agent's entry in a store", () => {
  async function withEntry(
    work: (bench: {
      env: Record<string, string>
      path: string
      store: AuthSecStore
      asked: () => number
    }) => Promise<void>,
  ) {
    using bench = inFolder()
    const emulator = await testEmulator()
    const path = join(bench.folder, 'authsec.db')
    using open = { store: sqliteTokenStore({ path }), [Symbol.dispose]: () => open.store.close() }
    plantSecret('the key', KEYS.slice(8))
    const env = { ...envOf(emulator), AUTHSEC_TOKEN_KEYS: KEYS }
    try {
      await work({ env, path, store: open.store, asked: () => emulator.requests.length })
    } finally {
      await emulator.close()
    }
  }

  async function writeEntry(env: Record<string, string>, store: AuthSecStore): Promise<void> {
    await using client = createAuthSecClientFromEnv(env, {
      store,
      onEvent: (event) => watch('event', event),
    })
    await client.getDelegationToken()
  }

  test('says whether there is one that opens', () =>
    withEntry(async ({ env, path, store }) => {
      const before = await found(`sqlite:${path}`, { env })
      expect(before).toMatchObject({ codes: [], store: { entry: 'none yet, or of other keys' } })
      await writeEntry(env, store)
      expect(await found(`sqlite:${path}`, { env })).toMatchObject({
        codes: [],
        store: { entry: 'opens' },
      })
      const others = {
        ...env,
        AUTHSEC_TOKEN_KEYS: keysOf('2026-12', 11),
      }
      const other = await found(`sqlite:${path}`, { env: others })
      expect(other).toMatchObject({ codes: [], store: { entry: 'none yet, or of other keys' } })
      const both = { ...env, AUTHSEC_TOKEN_KEYS: `${others.AUTHSEC_TOKEN_KEYS},${KEYS}` }
      expect(await found(`sqlite:${path}`, { env: both })).toMatchObject({
        store: { entry: 'opens' },
      })
    }))

  test('finds store_entry_unreadable for one that something else wrote, and leaves it', () =>
    withEntry(async ({ env, path, store }) => {
      const names: string[] = []
      await writeEntry(env, {
        ...store,
        set: async (key, value, ms) => {
          names.push(key)
          await store.set(key, value, ms)
        },
      })
      for (const text of ['', 'eyJhbGciOiJub25lIn0..', '{"token":"x"}']) {
        await store.set(names[0] ?? '', text, 60_000)
        const { ours } = await found(`sqlite:${path}`, { env })
        expect(ours).toMatchObject([{ code: 'store_entry_unreadable', severity: 'warning' }])
        expect(await store.get(names[0] ?? '')).toBe(text)
      }
    }))

  test('is told in a client of the doctor that no key can be used', () =>
    withEntry(async ({ env, path }) => {
      const { findings, store } = await doctor(['--store', `sqlite:${path}`], {
        env: { ...env, AUTHSEC_TOKEN_KEYS: 'no-key' },
        cwd,
      }).then((run) => ({ ...run, store: run.facts['store'] }))
      expect(store).toMatchObject({ entry: 'not checked' })
      expect(findings.map(({ code }) => code)).toContain('setting_invalid')
    }))
})
