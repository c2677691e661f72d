import { gunzipSync, gzipSync } from 'node:zlib'
import type { Emulator } from '@authsec/emulator'
import {
  createFakeClock,
  findEcho,
  inBase64,
  rejection,
  startServer,
  testClient,
  testEmulator,
  thrown,
} from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeText } from '../src/adapter.ts'
import { selectionOf } from '../src/answers/select.ts'
import { transformed } from '../src/answers/transform.ts'
import { ConfigError, ResourceError } from '../src/errors.ts'
import type { AuthSecEvent } from '../src/events.ts'
import { answering, type Options, reader, readFrom } from './support/answer-bench.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

const outcomeOf = async (body: unknown, options: Options) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return (await readFrom(emulator, answering('application/json', text), options)).outcome
}

const order = {
  id: 7,
  owner: { name: 'Ann', email: 'ann@example.com', address: null },
  items: [
    { id: 'a', price: { net: 1, gross: 2 } },
    { id: 'b', price: null },
    { price: { net: 3 } },
    'odd',
  ],
  tags: [['x', 'y'], ['z']],
}

describe('what is selected of an answer', () => {
  it.each<[string[], unknown]>([
    [['id'], { id: 7 }],
    [['owner.name'], { owner: { name: 'Ann' } }],
    [['items[].id'], { items: [{ id: 'a' }, { id: 'b' }, {}] }],
    [
      ['items[].price.net', 'id'],
      { items: [{ price: { net: 1 } }, {}, { price: { net: 3 } }], id: 7 },
    ],
    [['owner', 'owner.name'], { owner: order.owner }],
    [['owner.name', 'owner'], { owner: order.owner }],
    [['owner.address'], { owner: { address: null } }],
    [['tags[][]'], { tags: order.tags }],
    [['tags[]'], { tags: order.tags }],
    [['missing', 'owner.missing', 'id.deeper', 'owner[].name', 'items.id'], { owner: {} }],
    [['[].id'], null],
  ])('keeps its shape: %j', async (select, data) => {
    expect(await outcomeOf(order, { select })).toMatchObject({ ok: true, data })
  })

  it('is of the items of a list, where the answer is one', async () => {
    const outcome = await outcomeOf([{ a: 1, b: 2 }, { a: 3 }], { select: ['[].a'] })
    expect(outcome).toMatchObject({ ok: true, data: [{ a: 1 }, { a: 3 }] })
  })

  it('is of the records of CSV', async () => {
    const { outcome } = await readFrom(emulator, answering('text/csv', 'a,b\n1,2'), {
      answer: 'csv',
      select: ['[].b'],
    })
    expect(outcome).toMatchObject({ ok: true, data: [{ b: '2' }] })
  })

  it.each(['constructor', 'toString', 'constructor.prototype', 'owner.hasOwnProperty', 'length'])(
    'never leads to what objects inherit: %s',
    async (path) => {
      const outcome = await outcomeOf(
        { owner: { a: 1 }, list: [1] },
        { select: [path, 'list.length'] },
      )
      expect(outcome).toMatchObject({ ok: true })
      const data = JSON.stringify(outcome.ok ? outcome.data : null)
      expect(['{}', '{"owner":{}}']).toContain(data)
    },
  )

  it.each(['constructor', 'toString', 'valueOf', '__lookupGetter__'])(
    'finds nothing where only the prototype has it: %s',
    (name) => {
      expect(Object.keys(Object(selectionOf([name], 'select')({ a: 1 })))).toEqual([])
      expect(
        Object.keys(Object(Object(selectionOf([`a.${name}`], 'select')({ a: {} })).a)),
      ).toEqual([])
    },
  )

  it('keeps own members of such names, as members', () => {
    const data = JSON.parse('{"constructor":{"prototype":1},"toString":2}')
    const part: object = Object(selectionOf(['constructor', 'toString'], 'select')(data))
    expect(Object.getPrototypeOf(part)).toBe(Object.prototype)
    expect(Object.keys(part)).toEqual(['constructor', 'toString'])
  })

  it('is made before the result is cut, so that what is needed fits', async () => {
    const list = Array.from({ length: 50 }, (_, id) => ({ id, text: 'x'.repeat(500) }))
    const outcome = await outcomeOf(list, { select: ['[].id'], maxResultCharacters: 1_000 })
    expect(outcome).toMatchObject({ ok: true, truncated: false })
    expect(outcome.ok && Object(outcome.data)).toHaveLength(50)
  })

  it.each<[unknown]>([
    [[]],
    ['id'],
    [['']],
    [['.id']],
    [['id.']],
    [['a..b']],
    [['items[0].id']],
    [['items[']],
    [['items.[]']],
    [['items[].__proto__']],
    [["a['b']"]],
    [['$.id', 'x'.repeat(301)]],
    [[7]],
    [Array.from({ length: 101 }, () => 'a')],
    [['a[]'.padEnd(100, '[]')]],
  ])('is refused when the tool is defined where a path is malformed: %j', (select) => {
    const error = thrown(() => reader(undefined, { select: select as string[] }))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error.message).toContain('select')
  })
})

describe('a transform', () => {
  it('makes what the model sees of what was selected', async () => {
    const outcome = await outcomeOf(order, {
      select: ['items[].price.net'],
      transform: ({ items }: { items: { price?: { net: number } }[] }, { status, headers }) => ({
        sum: items.reduce((sum, { price }) => sum + (price?.net ?? 0), 0),
        status,
        type: headers['content-type'],
      }),
    })
    expect(outcome).toEqual({
      ok: true,
      status: 200,
      data: { sum: 4, status: 200, type: 'application/json' },
      truncated: false,
      untrusted: true,
    })
  })

  it('may wait, and gets bytes as they are', async () => {
    const body = gzipSync('line 1\nline 2')
    const { outcome } = await readFrom(emulator, answering('application/gzip', body), {
      answer: 'bytes',
      async transform(data) {
        await Promise.resolve()
        return gunzipSync(data as Uint8Array)
          .toString()
          .split('\n')
      },
    })
    expect(outcome).toMatchObject({ ok: true, data: ['line 1', 'line 2'] })
  })

  it.each<[string, (echo: string) => Uint8Array, (data: Uint8Array) => unknown]>([
    ['a compressed log', (echo) => gzipSync(`sent ${echo}`), (data) => gunzipSync(data).toString()],
    [
      'reversed text',
      (echo) => Buffer.from(echo).reverse(),
      (data) =>
        [...data]
          .reverse()
          .map((c) => String.fromCharCode(c))
          .join(''),
    ],
    ['a key', (echo) => gzipSync(echo), (data) => ({ [gunzipSync(data).toString()]: 1 })],
    ['base64', (echo) => gzipSync(inBase64(echo)), (data) => [gunzipSync(data).toString()]],
  ])('reveals no token that was packed: %s', async (_what, pack, unpack) => {
    const { outcome, token } = await readFrom(
      emulator,
      answering('application/gzip', (bearer) => pack(bearer)),
      { answer: 'bytes', transform: (data) => unpack(data as Uint8Array) },
    )
    expect(outcome.ok).toBe(true)
    expect(findEcho(outcomeText(outcome), token)).toBeUndefined()
    expect(outcomeText(outcome)).toContain('[REDACTED]')
  })

  it('leaves data untrusted, and its result is cut like any other', async () => {
    const transform = () => 'x'.repeat(9_000)
    const outcome = await outcomeOf({}, { transform, maxResultCharacters: 300 })
    expect(outcome).toMatchObject({ ok: true, untrusted: true, truncated: true })
    expect(outcomeText(outcome).length).toBeLessThanOrEqual(300)
  })

  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  it.each<[string, () => unknown]>([
    ['a cycle', () => cyclic],
    ['a BigInt', () => ({ id: 1n })],
    ['a function', () => [() => 1]],
    ['a symbol', () => Symbol('x')],
    ['NaN', () => ({ sum: Number.NaN })],
    ['a date', () => new Date(0)],
    ['a map', () => new Map()],
    ['bytes', () => new Uint8Array(3)],
    ['nothing, because a return is missing', () => undefined],
    ['a promise of a class', async () => new URL('https://example.com')],
  ])(
    'that returns %s is a mistake that names the tool, and no outcome',
    async (_what, transform) => {
      const error = await rejection(outcomeOf({}, { transform }))
      expect(error).toBeInstanceOf(ConfigError)
      expect(error.message).toContain('`transform` of the tool read_x')
    },
  )

  it.each<[string, Error]>([
    ['an error of its own', new RangeError('row 7')],
    ['an error that looks like an outage', Object.assign(new Error('x'), { code: 'ECONNREFUSED' })],
    [
      'an error of this package',
      new ResourceError({ code: 'timeout', message: 'x', hint: 'y', retryable: true }),
    ],
  ])('that throws %s has it come out as such', async (_what, mistake) => {
    const events: AuthSecEvent[] = []
    const failing = readFrom(
      emulator,
      answering('application/json', '{}'),
      {
        transform() {
          throw mistake
        },
      },
      { onEvent: (event) => void events.push(event) },
    )
    expect(await rejection(failing)).toBe(mistake)
    // The call itself went well, and is told so.
    expect(events.map(({ type }) => type)).toContain('request.completed')
    expect(events.map(({ type }) => type)).not.toContain('request.failed')
  })

  it('is not run for an error status', async () => {
    let runs = 0
    const { outcome } = await readFrom(emulator, answering('application/json', '{}', 404), {
      transform: () => ++runs,
    })
    expect([outcome.ok, runs]).toEqual([false, 0])
  })

  it('ends with the signal of the call', async () => {
    await using api = await startServer(answering('application/json', '{}'))
    await using client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    const controller = new AbortController()
    let inner: AbortSignal | undefined
    const tool = reader(client, {
      transform(_data, { signal }) {
        inner = signal
        queueMicrotask(() => controller.abort(new Error('stop')))
        return new Promise(() => undefined)
      },
    })
    const error = await rejection(tool.execute({}, { signal: controller.signal }))
    expect(error.message).toBe('stop')
    expect(inner?.aborted).toBe(true)
  })

  it('that never ends is a mistake after 30 s', async () => {
    const clock = createFakeClock()
    const never = transformed(() => new Promise(() => undefined), {
      ...{ tool: 't', data: 1, status: 200, headers: {}, signal: undefined, scrubber: undefined },
      clock,
    })
    const failing = rejection(never)
    await clock.advance(30_000)
    expect((await failing).message).toContain(
      '`transform` of the tool t returned nothing within 30 s',
    )
  })
})
