import {
  createFakeClock,
  inProcessClient,
  inProcessEmulator,
  rejection,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import type { AuthSecClient } from '../src/client/client.ts'
import { createFileStore } from '../src/store/file-store.ts'
import type { AuthSecStore } from '../src/store/store.ts'
import { sharedBench, TOKEN_KEYS } from './support/shared-bench.ts'
import { quickDirectory, storeDirectory } from './support/store-directory.ts'

const PAUSES = [31, 61, 121, 241, 301, 301, 3_600] as const

const refusing = async (): Promise<never> => {
  throw Object.assign(new Error('READONLY You cannot write'), { code: 'READONLY' })
}
const hanging = (): Promise<never> => new Promise(() => undefined)
const lost = async (): Promise<void> => undefined

type Bench = ReturnType<typeof sharedBench>
/** A fault begins with the revocation, and ends or does not. */
interface Fault {
  /** What the store does from the revocation on. */
  readonly during?: (bench: Bench, old: string) => Partial<AuthSecStore>
  /** What it does after the answer of AuthSec. */
  readonly after?: (bench: Bench, name: string, old: string) => Partial<AuthSecStore> | undefined
}

const faults: [what: string, fault: Fault][] = [
  ['its delete fails', { during: () => ({ delete: refusing }) }],
  ['its delete hangs', { during: () => ({ delete: hanging }) }],
  ['its delete is lost without an error', { during: () => ({ delete: lost }) }],
  ['it fails to read just then', { during: () => ({ get: refusing }), after: () => ({}) }],
  ['it hangs just then', { during: () => ({ get: hanging }), after: () => ({}) }],
  ['it can be read only', { during: () => ({ set: refusing, delete: refusing, lease: refusing }) }],
  ['it gives the old entry for ever', { during: (_bench, old) => ({ get: async () => old }) }],
  [
    'another process writes late',
    {
      after: (bench, name, old) => {
        bench.store.entries.set(name, old)
        return undefined
      },
    },
  ],
  [
    'a replica has the entry again after each delete',
    {
      during: (bench, old) => ({
        delete: async (key) => void bench.store.set(key, old, 43_000_000),
      }),
    },
  ],
]

/** A process whose store a test can change while it runs. */
function changeable(bench: Bench): {
  client: AuthSecClient
  change(by: Partial<AuthSecStore>): void
} {
  let now: Partial<AuthSecStore> = {}
  const of =
    <Name extends 'get' | 'set' | 'delete' | 'lease'>(name: Name) =>
    (...args: never[]): unknown =>
      Reflect.apply((now[name] ?? bench.store[name]) as () => unknown, undefined, args)
  const methods = { get: of('get'), set: of('set'), delete: of('delete'), lease: of('lease') }
  const store = { ...bench.store, ...methods } as AuthSecStore
  return {
    client: bench.process({ store }),
    change(by) {
      now = by
    },
  }
}

const codeOf = async (bench: Bench, work: Promise<{ fingerprint: string }>): Promise<string> =>
  bench.run(
    work.then(
      ({ fingerprint }) => `served ${fingerprint}`,
      (error: { code: string }) => error.code,
    ),
  )

describe('a token that AuthSec took back', () => {
  it.each(
    faults.flatMap(([what, fault]) =>
      (['rejected', 'forced'] as const).map((how) => [what, how, fault] as const),
    ),
  )('is not served again out of a store when %s, after a %s refresh', async (_what, how, fault) => {
    const bench = sharedBench()
    bench.delegate(undefined, 43_200)
    const { client, change } = changeable(bench)
    const rejected = await bench.run(client.getDelegationToken())
    const [[name, old] = ['', '']] = bench.store.entries
    await bench.clock.advance(5_000)
    bench.revoke()
    change(fault.during?.(bench, old) ?? {})
    const options = how === 'forced' ? { forceRefresh: true } : { rejected }
    expect(await codeOf(bench, client.getDelegationToken(options))).toBe('no_active_delegation')
    const after = fault.after?.(bench, name, old)
    if (after) change(after)
    for (const seconds of PAUSES) {
      await bench.clock.advance(seconds * 1_000)
      const before = bench.asked.length
      expect(await codeOf(bench, client.getDelegationToken())).toBe('no_active_delegation')
      expect(bench.asked.length - before).toBe(1)
    }
  })

  it('is not served to a process that never had it, and was told so', async () => {
    const bench = sharedBench()
    await bench.run(bench.process().getDelegationToken())
    await bench.clock.advance(20_000)
    bench.revoke()
    const { client, change } = changeable(bench)
    change({ get: async () => undefined, delete: refusing })
    expect(await codeOf(bench, client.getDelegationToken())).toBe('no_active_delegation')
    change({})
    await bench.clock.advance(31_000)
    expect(await codeOf(bench, client.getDelegationToken())).toBe('no_active_delegation')
  })

  it.each([-50_000, -4_000, 4_000, 50_000])(
    'is not served by a clock that is off by %i ms either',
    async (ms) => {
      const bench = sharedBench()
      bench.delegate(undefined, 43_200)
      const { now, monotonic, setTimeout } = bench.clock
      const clock = { now: () => now() + ms, monotonic, setTimeout }
      const older = await bench.run(bench.process().getDelegationToken())
      const [[name, old] = ['', '']] = bench.store.entries
      await bench.clock.advance(3_000)
      bench.delegate(undefined, 43_200)
      const client = bench.process({ clock })
      const newer = await bench.run(client.getDelegationToken({ forceRefresh: true }))
      expect(newer.fingerprint).not.toBe(older.fingerprint)
      bench.revoke()
      expect(await codeOf(bench, client.getDelegationToken({ forceRefresh: true }))).toBe(
        'no_active_delegation',
      )
      await bench.store.set(name, old, 43_000_000)
      await bench.clock.advance(31_000)
      expect(await codeOf(bench, client.getDelegationToken())).toBe('no_active_delegation')
    },
  )

  it('is served when AuthSec gives it again, and is then read out of the store', async () => {
    const bench = sharedBench()
    const { client, change } = changeable(bench)
    const value = bench.delegate()
    const token = await bench.run(client.getDelegationToken())
    change({ delete: refusing })
    bench.answer(async () => Response.json({ error: 'No active delegation' }, { status: 404 }))
    await bench.run(rejection(client.getDelegationToken({ rejected: token })))
    bench.answer(undefined)
    change({})
    await bench.clock.advance(31_000)
    expect((await bench.run(client.getDelegationToken())).value).toBe(value)
    const other = bench.process()
    await bench.clock.advance(1_990_000)
    await bench.run(other.getDelegationToken({ forceRefresh: true }))
    const before = bench.asked.length
    expect((await bench.run(client.getDelegationToken())).value).toBe(value)
    await bench.clock.advance(1_000)
    expect(bench.asked.length).toBe(before)
  })

  it('is followed by the token of a new delegation that another process got, without a request', async () => {
    const bench = sharedBench()
    const { client, change } = changeable(bench)
    const token = await bench.run(client.getDelegationToken())
    bench.revoke()
    change({ delete: refusing })
    await bench.run(rejection(client.getDelegationToken({ rejected: token })))
    change({})
    await bench.clock.advance(20_000)
    const next = bench.delegate()
    await bench.run(bench.process().getDelegationToken({ forceRefresh: true }))
    await bench.clock.advance(20_000)
    const before = bench.asked.length
    expect((await bench.run(client.getDelegationToken())).value).toBe(next)
    expect(bench.asked.length).toBe(before)
  })

  it('is not served again out of files that cannot be removed, with a real emulator', async () => {
    using directory = storeDirectory(quickDirectory)
    const clock = createFakeClock()
    const emulator = inProcessEmulator({ clock, ttlSeconds: 43_200 })
    const files = createFileStore({ directory: directory.path })
    const client = inProcessClient(emulator, {
      ...{ clock, tokenKeys: TOKEN_KEYS },
      store: { ...files, delete: refusing },
    })
    const rejected = await client.getDelegationToken()
    emulator.control.revoke()
    expect(await rejection(client.getDelegationToken({ rejected }))).toMatchObject({
      code: 'no_active_delegation',
    })
    for (const seconds of [31, 61, 121]) {
      await clock.advance(seconds * 1_000)
      expect(await rejection(client.getDelegationToken())).toMatchObject({
        code: 'no_active_delegation',
      })
    }
  })
})
