import { inProcessEmulator } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAuthSecClient } from '../src/index.ts'
import { operationsFromOpenApi } from '../src/openapi.ts'
import { defineOperation } from '../src/tool.ts'
import { bodyOf, convertOne } from './support/openapi-document.ts'

const BASE = 'https://api.example.com/v1/'

/** Runs a conversion, which may take a second on a busy machine, and never a minute. */
function quickly<T>(work: () => T): T {
  const start = performance.now()
  const result = work()
  expect(performance.now() - start).toBeLessThan(5_000)
  return result
}

describe('a document that is made to be endless', () => {
  const schemasOf = (schemas: object): object => ({
    more: { components: { schemas } },
    method: 'post',
  })

  it('by references that double at each level is cut off', () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => {
        const next = { $ref: `#/components/schemas/S${n + 1}` }
        return [`S${n}`, { type: 'object', required: ['a', 'b'], properties: { a: next, b: next } }]
      }),
    )
    const document = bodyOf({ $ref: '#/components/schemas/S0' })
    const { operations, refused } = quickly(() => convertOne(document, schemasOf(schemas)))
    expect(operations).toEqual([])
    expect(refused[0]?.reason).toMatch(/^too_(deep|large)$|missing_ref/)
  })

  it('by a wide tree of references is cut off', () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => {
        const next = { $ref: `#/components/schemas/S${n + 1}` }
        const properties = Object.fromEntries(
          Array.from({ length: 50 }, (_v, k) => [`p${k}`, next]),
        )
        return [`S${n}`, { type: 'object', properties }]
      }),
    )
    const all = { ...schemas, S9: { type: 'string' } }
    const document = bodyOf({ $ref: '#/components/schemas/S0' })
    const { operations, refused } = quickly(() => convertOne(document, schemasOf(all)))
    expect(operations).toEqual([])
    expect(refused).toMatchObject([{ part: 'operation', reason: 'too_large' }])
  })

  it('by a chain of references is cut off', () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [
        `S${n}`,
        { $ref: `#/components/schemas/S${n + 1}` },
      ]),
    )
    const document = bodyOf({ $ref: '#/components/schemas/S0' })
    const { refused } = quickly(() => convertOne(document, schemasOf(schemas)))
    expect(refused).toMatchObject([{ reason: 'too_deep' }])
  })

  it('by lists in lists is cut off', () => {
    let schema: object = { type: 'string' }
    for (let n = 0; n < 100_000; n++) schema = { type: 'array', items: schema }
    const { refused } = quickly(() => convertOne(bodyOf(schema), { method: 'post' }))
    expect(refused).toMatchObject([{ reason: 'too_deep' }])
  })

  it('by an object that contains itself, as aliases of YAML can, is cut off', () => {
    const list: Record<string, unknown> = { type: 'array' }
    list['items'] = list
    const all: Record<string, unknown> = { type: 'object' }
    all['allOf'] = [all]
    const one: Record<string, unknown> = {}
    one['oneOf'] = [one, { type: 'null' }]
    for (const schema of [list, all, one]) {
      const { operations } = quickly(() => convertOne(bodyOf(schema), { method: 'post' }))
      expect(operations).toEqual([])
    }
  })

  it('by the same deep property twice in allOf is cut off', () => {
    const deep = (): object => {
      let schema: object = { type: 'string' }
      for (let n = 0; n < 20_000; n++) schema = { type: 'array', items: schema }
      return { type: 'object', properties: { a: schema } }
    }
    const { operations, refused } = quickly(() =>
      convertOne(bodyOf({ allOf: [deep(), deep()] }), { method: 'post' }),
    )
    expect([operations.length, refused.length]).toEqual([0, 1])
  })

  it('by very many operations is refused, or each is looked at within bounds', () => {
    const item = { get: bodyOf({ type: 'string' }), put: bodyOf({ type: 'string' }) }
    const many = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`/p${n}`, item]))
    expect(() => quickly(() => operationsFromOpenApi({ openapi: '3.1.0', paths: many }))).toThrow(
      /more than 5000 operations/,
    )
    const paths = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`/p${n}`, {}]))
    expect(() => quickly(() => operationsFromOpenApi({ openapi: '3.1.0', paths }))).toThrow(
      /too many paths/,
    )
  })

  it('by a description of megabytes, or a pattern that takes for ever, costs nothing', () => {
    const schema = { type: 'string', pattern: '^(a+)+$', description: ' \u200b'.repeat(5_000_000) }
    const [operation] = quickly(() => convertOne(bodyOf(schema), { method: 'post' })).operations
    const input = { field: `${'a'.repeat(50_000)}!` }
    expect(quickly(() => operation?.params.safeParse(input).success)).toBe(true)
  })

  it('by very many values, alternatives or properties is cut off', () => {
    const values = Array.from({ length: 100_000 }, (_, n) => `v${n}`)
    const schemas = [
      { enum: values },
      { oneOf: values.map((name) => ({ const: name })) },
      { anyOf: values.map(() => ({ type: 'string' })) },
      {
        type: 'object',
        properties: Object.fromEntries(values.map((name) => [name, { type: 'string' }])),
      },
      { allOf: values.map(() => ({ type: 'object', properties: {} })) },
    ]
    for (const schema of schemas) {
      const { operations } = quickly(() => convertOne(bodyOf(schema), { method: 'post' }))
      expect(operations).toEqual([])
    }
  })
})

describe('a document that is malformed', () => {
  const junk = fc.anything({ withNullPrototype: true, maxDepth: 4 })
  const word = fc.constantFrom(
    ...['$ref', 'allOf', 'oneOf', 'type', 'properties', 'items', 'required', 'enum', 'parameters'],
    ...['requestBody', 'content', 'application/json', 'schema', 'name', 'in', 'responses', 'tags'],
    ...['security', 'servers', 'default', 'const', 'additionalProperties', 'format', '__proto__'],
  )
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(
        'string',
        'object',
        'array',
        'integer',
        'path',
        'query',
        '#/paths',
        '#',
        null,
        7,
        true,
        'x',
      ),
      junk,
      fc.dictionary(word, tie('node'), { maxKeys: 6, noNullPrototype: false }),
      fc.array(tie('node'), { maxLength: 4 }),
    ),
  })).node

  it('ends in a list of what was refused, and throws nothing', () => {
    fc.assert(
      fc.property(tree, tree, tree, (operation, components, security) => {
        const paths = { '/a/{x}': { post: operation, get: operation, parameters: operation } }
        const document = { openapi: '3.0.0', paths, components, security }
        const { operations, refused } = operationsFromOpenApi(document)
        expect(operations.length + refused.length).toBeLessThan(1_000)
        for (const one of operations) defineOperation(undefined, one)
        expect(Object.prototype).not.toHaveProperty('x')
      }),
      { numRuns: 400 },
    )
  })
})

describe('no tool of any document', () => {
  const hostile = fc.constantFrom(
    ...[
      '..',
      '.',
      '',
      '/',
      '//',
      '\\',
      '%2e%2e',
      '%2f',
      '%5c',
      '?',
      '#',
      '@evil.test',
      ':80',
      'https:',
    ],
    ...[
      '//evil.test',
      'https://evil.test/',
      '..;',
      '%00',
      '\t',
      '\n',
      ' ',
      '．．',
      'javascript:',
      '{x}',
      '{y}',
    ],
    ...['%', '%2', '*', 'a', 'b:c', 'localhost:80', '~', '&', '=', ';', '{', '}'],
  )
  const text = fc
    .array(fc.oneof(hostile, fc.string({ maxLength: 4 })), { maxLength: 6 })
    .map((all) => all.join(''))
  const value = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null))

  it('calls anything but a path below the base of its resource', async () => {
    const emulator = inProcessEmulator()
    const urls: URL[] = []
    const client = createAuthSecClient({
      baseUrl: 'https://auth.example.com',
      clientId: emulator.clientId,
      resources: [{ name: 'api', baseUrl: BASE, methods: ['GET', 'POST'] }],
      fetch: async (input, init) => {
        const url = new URL(input)
        if (url.host === 'auth.example.com') return emulator.fetch(new Request(input, init))
        urls.push(url)
        return Response.json({})
      },
    })
    let made = 0
    await fc.assert(
      fc.asyncProperty(text, text, text, value, value, async (path, server, name, x, y) => {
        const parameters = [
          { name: 'x', in: 'path', required: true, schema: {} },
          { name: 'y', in: 'path', required: true, schema: { type: 'string' } },
          { name, in: 'query', schema: { type: 'string' } },
          { name, in: 'header', schema: { type: 'string' } },
        ].map((one) => ({ ...one, schema: { type: 'string' } }))
        const { operations } = operationsFromOpenApi(
          {
            openapi: '3.1.0',
            servers: [{ url: server }],
            paths: {
              [`/${path}`]: { get: { parameters: parameters.slice(2), operationId: name } },
              [`/${path}{x}/${server}`]: { get: { parameters: [parameters[0], parameters[2]] } },
              [`/a/{x}${path}{y}`]: { get: { parameters: parameters.slice(0, 2) }, servers: [] },
            },
          },
          { headers: [name.trim() || 'x'] },
        )
        for (const operation of operations) {
          made += 1
          const tool = defineOperation(client, operation)
          for (const input of [{ x, y }, { x }, {}, { [name]: x }]) await tool.execute(input)
        }
      }),
      { numRuns: 300 },
    )
    expect(made).toBeGreaterThan(50)
    expect(urls.length).toBeGreaterThan(10)
    for (const url of urls) {
      expect(url.origin).toBe('https://api.example.com')
      expect(url.pathname.startsWith('/v1/')).toBe(true)
      expect(decodeURIComponent(url.pathname)).not.toMatch(/(^|\/)\.\.?(\/|;|$)|\\/)
    }
  })
})
