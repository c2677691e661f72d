import { randomUUID } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { rejection, testEmulator, thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { overridesKey } from '../src/client/client-overrides.ts'
import { createAuthSecPool, createAuthSecPoolFromEnv } from '../src/index.ts'

const AGENT = 'a594430b-2bd4-4792-9666-63162ee858c5'
const tenantId = '0b7a7b0e-2f0c-4a5e-9d43-1f0f5f3b6c01'

class Session {
  get tenantId(): string {
    return tenantId
  }
}

const wrongKinds: [what: string, overrides: unknown][] = [
  ['null', null],
  ['a number', 5],
  ['not a number', Number.NaN],
  ['true', true],
  ['a text', 'tenant'],
  ['an empty text', ''],
  ['a symbol', Symbol('tenant')],
  ['a list', []],
  ['a list of overrides', [{ tenantId }]],
  ['a map', new Map([['tenantId', tenantId]])],
  ['a promise', Promise.resolve({ tenantId })],
  ['an instance with a getter', new Session()],
  ['an object that inherits overrides', Object.create({ tenantId })],
  ['a function', () => ({ tenantId })],
  ['a URL', new URL(`https://example.com/?tenantId=${tenantId}`)],
  ['search parameters', new URLSearchParams({ tenantId })],
  ['headers', new Headers({ tenantId })],
  ['a date', new Date()],
]

describe('the overrides of a client of a pool', () => {
  it.each(wrongKinds)('are refused when they are %s, live and mock', async (_what, overrides) => {
    await using live = createAuthSecPool({ baseUrl: 'https://auth.example.com' })
    await using mock = createAuthSecPoolFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent: () => {} })
    for (const pool of [live, mock]) {
      const error = thrown(() => Reflect.apply(pool.client, pool, [AGENT, overrides]))
      expect(error).toMatchObject({
        name: 'ConfigError',
        code: 'config_invalid',
        message: expect.stringContaining('the overrides of a client'),
      })
      expect(pool.size).toBe(0)
    }
  })

  it.each(['store', 'instrumentation', 'onEvent', 'resources'])(
    'are refused with a %s that is none',
    async (name) => {
      await using live = createAuthSecPool({ baseUrl: 'https://auth.example.com' })
      await using mock = createAuthSecPoolFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent: () => {} })
      for (const value of [5, 'x', true, 5n, Symbol('x')]) {
        for (const pool of [live, mock]) {
          const error = thrown(() => pool.client(AGENT, Object({ [name]: value })))
          expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
        }
      }
    },
  )

  it.each(['approvals', 'ciba', 'budget'])('are refused with another kind of %s', async (group) => {
    await using live = createAuthSecPool({ baseUrl: 'https://auth.example.com' })
    await using mock = createAuthSecPoolFromEnv({ AUTHSEC_MODE: 'mock' }, { onEvent: () => {} })
    for (const value of [null, 5, 'x', [], new Map(), Promise.resolve({}), new Session()]) {
      for (const pool of [live, mock]) {
        const error = thrown(() => pool.client(AGENT, Object({ [group]: value })))
        expect(error).toMatchObject({ name: 'ConfigError' })
      }
    }
  })

  it('may come from another realm, or without a prototype, and hold', async () => {
    await using emulator = await testEmulator()
    await using pool = createAuthSecPool({ baseUrl: emulator.baseUrl })
    const other = randomUUID()
    const all = [
      runInNewContext(`({ tenantId: '${other}' })`),
      Object.assign(Object.create(null), { tenantId: other }),
      { tenantId: other },
      {
        get tenantId() {
          return other
        },
      },
    ]
    for (const overrides of all) {
      const client = pool.client(emulator.clientId, Object(overrides))
      expect(await rejection(client.getDelegationToken())).toMatchObject({ code: 'wrong_tenant' })
    }
    expect(pool.size).toBe(1)
  })

  it('are none when they are undefined or empty', async () => {
    await using pool = createAuthSecPool({ baseUrl: 'https://auth.example.com' })
    const client = pool.client(AGENT)
    expect(pool.client(AGENT, undefined)).toBe(client)
    expect(pool.client(AGENT, {})).toBe(client)
    expect(pool.client(AGENT, Object(Object.create(null)))).toBe(client)
  })
})

/** Each level has the one below it several times. */
function shared(depth: number, names: readonly string[], leaf: object = {}): object {
  let value = leaf
  for (let level = 0; level < depth; level += 1) {
    const below = value
    value = Object.fromEntries(names.map((name) => [name, below]))
  }
  return value
}
function cyclic(size: number): object {
  const value: Record<string, unknown> = {}
  for (let index = 0; index < size; index += 1) value[`k${index}`] = value
  return value
}
function web(size: number): object {
  const all: Record<string, unknown>[] = Array.from({ length: size }, () => ({}))
  for (const one of all) for (const [index, other] of all.entries()) one[`k${index}`] = other
  return all[0] ?? {}
}
const lists = (depth: number): unknown => {
  let value: unknown = ['leaf']
  for (let level = 0; level < depth; level += 1) value = [value, value, value]
  return value
}

const tangled: [what: string, make: () => unknown][] = [
  ['shared twice at 22 levels', () => shared(22, ['a', 'b'])],
  ['shared four times at 31 levels', () => shared(31, ['a', 'b', 'c', 'd'])],
  ['shared at 200 levels', () => shared(200, ['a', 'b'])],
  ['lists that are shared', () => lists(28)],
  ['a cycle', () => cyclic(2)],
  ['a cycle of 200 members', () => cyclic(200)],
  ['40 objects that all know each other', () => web(40)],
]

describe('the text for equal overrides', () => {
  const key = (value: unknown): string => overridesKey(Object({ resources: value }))

  it.each(tangled)('is made in no time for %s', (_what, make) => {
    const startedAt = performance.now()
    for (const name of ['resources', 'instrumentation', 'store', 'approvals', 'unknown']) {
      overridesKey(Object({ [name]: make() }))
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it.each(tangled)('is the same for the same object, with %s', (_what, make) => {
    const value = make()
    expect(key(value)).toBe(key(value))
  })

  it('tells nothing of who shares what: equal values are equal', () => {
    const one = { baseUrl: 'https://one.example.com', methods: ['GET'] }
    expect(key([one, one])).toBe(key([one, structuredClone(one)]))
    const long = { baseUrl: `https://one.example.com/${'x'.repeat(500)}` }
    expect(key([long, long])).toBe(key([{ ...long }, { ...long }]))
    expect(key(shared(5, ['a', 'b']))).toBe(key(structuredClone(shared(5, ['a', 'b']))))
  })

  it('differs wherever a value does, however deep', () => {
    const leaves = [{}, { x: 1 }, { x: '1' }, { x: null }, { x: [] }, { x: {} }]
    const keys = [0, 1, 7, 20].flatMap((depth) =>
      leaves.map((leaf) => key(shared(depth, ['a', 'b'], leaf))),
    )
    expect(new Set(keys).size).toBe(keys.length)
    const text = 'x'.repeat(400)
    expect(key([text])).not.toBe(key([`${text}x`]))
    expect(key([{ a: text }])).not.toBe(key([{ b: text }]))
    expect(key([[text]])).not.toBe(key([text]))
  })

  it('cannot be written as a text by whoever gives one', () => {
    const value = { a: 'x'.repeat(400) }
    const texts = ['#1', '{}', '"a"', `\0`, 'number 1', 'undefined undefined']
    for (const text of texts) expect(key([text])).not.toBe(key([value]))
    expect(key(['1'])).not.toBe(key([1]))
  })

  it('takes a store and an instrumentation for equal only when they are the same', () => {
    const store = { get: async () => undefined }
    const step = { token: async (_step: unknown, work: () => unknown) => work() }
    for (const [name, value] of [
      ['store', store],
      ['instrumentation', step],
    ] as const) {
      const keyOf = (one: object): string => overridesKey(Object({ [name]: one }))
      expect(keyOf(value)).toBe(keyOf(value))
      expect(keyOf({ ...value })).not.toBe(keyOf(value))
    }
  })
})
