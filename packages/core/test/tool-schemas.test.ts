import type { Emulator } from '@authsec/emulator'
import { startServer, testClient, testEmulator, thrown } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import * as z3 from 'zod/v3'
import { defineOperation, defineSecureFetch } from '../src/tool.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

/** Every object and its keywords, at any depth, but not the names of properties. */
function keywordsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keywordsOf)
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const isMap = keyword === 'properties' || keyword === '$defs'
    return [keyword, ...(isMap ? Object.values(value).flatMap(keywordsOf) : keywordsOf(value))]
  })
}

describe('the schema of the secure fetch tool', () => {
  it.each(['input', 'output'] as const)(
    'uses only keywords that every provider accepts, read as %s',
    (io) => {
      const schema = z.toJSONSchema(defineSecureFetch(undefined).inputSchema, { io })
      const { $schema: _dialect, ...rest } = schema
      expect(new Set(keywordsOf(rest))).toEqual(
        new Set(['type', 'description', 'properties', 'required', 'additionalProperties', 'items']),
      )
    },
  )

  it('requires every property and allows no other, at every depth', () => {
    const { inputJsonSchema } = defineSecureFetch(undefined)
    expect(inputJsonSchema).toMatchObject({
      type: 'object',
      required: ['endpoint', 'query'],
      additionalProperties: false,
      properties: {
        query: {
          type: 'array',
          items: { type: 'object', required: ['name', 'value'], additionalProperties: false },
        },
      },
    })
  })

  it('describes every field for the model', () => {
    const { properties } = z.toJSONSchema(defineSecureFetch(undefined).inputSchema, { io: 'input' })
    const query: { items?: unknown } = Object(properties?.['query'])
    const { properties: parameter }: { properties?: object } = Object(query.items)
    for (const field of [...Object.values(properties ?? {}), ...Object.values(parameter ?? {})]) {
      expect(field).toMatchObject({ description: expect.stringMatching(/\w{3}/) })
    }
  })
})

describe('the query of the secure fetch tool', () => {
  async function urlFor(query: unknown): Promise<string | undefined> {
    const urls: (string | undefined)[] = []
    await using api = await startServer((request, response) => {
      urls.push(request.url)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
    const client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
    const outcome = await defineSecureFetch(client).execute({ endpoint: 'x', query })
    expect(outcome.ok || outcome.code).toBe(urls.length === 1 ? true : 'invalid_input')
    return urls[0]
  }

  it.each<[string, unknown, string]>([
    ['a list of names and values', [{ name: 'a', value: 'b c' }], '/x?a=b+c'],
    [
      'a name twice',
      [
        { name: 'tag', value: 'a' },
        { name: 'tag', value: 'b' },
      ],
      '/x?tag=a&tag=b',
    ],
    ['an empty list', [], '/x'],
    ['null', null, '/x'],
    ['undefined', undefined, '/x'],
    ['an object of values by name', { a: 'b', n: 5, t: true }, '/x?a=b&n=5&t=true'],
    ['an object with a value that is null', { a: null, b: 'c' }, '/x?b=c'],
    ['a value that is a number', [{ name: 'limit', value: 10 }], '/x?limit=10'],
    ['a value that is a boolean', [{ name: 'dry', value: false }], '/x?dry=false'],
    ['a value that is null', [{ name: 'a', value: null }], '/x'],
    ['the name __proto__', [{ name: '__proto__', value: 'a' }], '/x?__proto__=a'],
  ])('is sent for %s', async (_what, query, url) => {
    expect(await urlFor(query)).toBe(url)
  })

  it.each<[string, unknown]>([
    ['a text', 'a=b'],
    ['an object in an object', { a: {} }],
    ['a list in an object', { a: ['b'] }],
    ['a list of texts', ['a']],
    ['a parameter without a value', [{ name: 'a' }]],
    ['a parameter without a name', [{ value: 'a' }]],
    ['a parameter with a further field', [{ name: 'a', value: 'b', host: 'evil.test' }]],
    ['a value that is an object', [{ name: 'a', value: { b: 'c' } }]],
    ['a number that JSON cannot carry', [{ name: 'a', value: Number.POSITIVE_INFINITY }]],
    ['a long name', [{ name: 'n'.repeat(65), value: 'a' }]],
    ['a long value', { a: 'v'.repeat(513) }],
  ])('is refused for %s, and nothing is sent', async (_what, query) => {
    expect(await urlFor(query)).toBeUndefined()
  })

  it('cannot change what an approver reads about the endpoint', async () => {
    const seen: unknown[] = []
    const approval = {
      message: 'Read {endpoint}?',
      when: ({ values }: { values: object }) => {
        seen.push(values)
        return false
      },
    }
    const tool = defineSecureFetch(testClient(emulator), { approval })
    await tool.execute({ endpoint: 'metrics', query: { endpoint: 'harmless', a: 'b' } })
    await tool.execute({
      endpoint: 'metrics',
      query: [
        { name: 'endpoint', value: 'harmless' },
        { name: 'tag', value: 'a' },
        { name: 'tag', value: 'b' },
      ],
    })
    expect(seen).toEqual([
      { endpoint: 'metrics', a: 'b' },
      { endpoint: 'metrics', tag: ['a', 'b'] },
    ])
  })
})

describe('the JSON Schema of an operation', () => {
  const schemaOf = (params: z.ZodObject) =>
    defineOperation(undefined, { name: 'op', description: 'One.', path: 'a', params })
      .inputJsonSchema

  it.each<[string, z.ZodObject]>([
    ['its dialect', z.object({ a: z.string() })],
    ['the names of a record', z.object({ a: z.record(z.string(), z.number()) })],
    ['the names of a record in a list', z.object({ a: z.array(z.record(z.string(), z.string())) })],
    [
      'the names of a record in a union',
      z.object({ a: z.union([z.string(), z.record(z.string(), z.string())]) }),
    ],
    ['nothing, when there are no parameters', z.object({})],
  ])('leaves out what says nothing: %s', (_what, params) => {
    const keywords = keywordsOf(schemaOf(params))
    expect(keywords).not.toContain('$schema')
    expect(keywords).not.toContain('propertyNames')
  })

  it('keeps what has a meaning', () => {
    const schema = schemaOf(
      z.object({
        byKey: z.record(z.string().regex(/^x-/), z.number()),
        propertyNames: z.object({ type: z.string() }),
        $schema: z.string(),
        preset: z.unknown().default({ propertyNames: { type: 'string' } }),
      }),
    )
    expect(schema['properties']).toMatchObject({
      byKey: { propertyNames: { pattern: '^x-' }, additionalProperties: { type: 'number' } },
      propertyNames: { type: 'object', properties: { type: { type: 'string' } } },
      $schema: { type: 'string' },
      preset: { default: { propertyNames: { type: 'string' } } },
    })
  })
})

describe('the default description of the secure fetch tool', () => {
  it.each<[string, { name?: string; baseUrl: string }[], string | undefined, RegExp]>([
    [
      'the name of the only API',
      [{ name: 'billing', baseUrl: 'https://b.test/v1' }],
      undefined,
      /\bbilling\b/,
    ],
    ['the host of an API without a name', [{ baseUrl: 'https://b.test/v1' }], undefined, /b\.test/],
    [
      'the chosen one of several',
      [
        { name: 'billing', baseUrl: 'https://b.test' },
        { name: 'crm', baseUrl: 'https://c.test' },
      ],
      'crm',
      /^(?!.*billing).*\bcrm\b/,
    ],
  ])('names %s', (_what, resources, resource, words) => {
    const tool = defineSecureFetch(testClient(emulator, { resources }), { resource })
    expect(tool.description).toMatch(words)
  })

  it('names the resource of a tool without a client, where one is given', () => {
    expect(defineSecureFetch(undefined, { resource: 'crm' }).description).toMatch(/\bcrm\b/)
    expect(defineSecureFetch(undefined).description).toMatch(/protected API/)
  })

  it("gives way to the developer's own words", () => {
    const description = 'Reads invoices.'
    expect(defineSecureFetch(testClient(emulator), { description }).description).toBe(description)
  })
})

describe('the parameters of an operation', () => {
  it.each<[string, unknown]>([
    ['zod/mini', mini.object({ id: mini.string() })],
    ['zod 3', z3.z.object({ id: z3.z.string() })],
    ['a type of zod 3 in an object of zod 4', z.object({ id: z3.z.string() } as never)],
    ['a text in place of a type', z.object({ id: 'string' } as never)],
    ['a type that is missing', z.object({ id: undefined } as never)],
    [
      'a Standard Schema without JSON Schema',
      { '~standard': { version: 1, vendor: 'x', validate: () => ({}) } },
    ],
    ['a shape', { id: z.string() }],
    ['an object that only looks like one', { shape: { id: {} }, strict: () => undefined }],
    ['nothing', undefined],
    ['null', null],
  ])('written in %s are refused, with what is accepted', (_what, params) => {
    const options = { name: 'op', description: 'One.', path: 'a', params }
    expect(thrown(() => defineOperation(undefined, options as never))).toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(
        /^params(\.id)? must be a ((z\.object\(\)|type) of zod 4|Standard Schema that)/,
      ),
      hint: expect.stringMatching(/z\.object.*JSON Schema.*zod\/mini, zod 3/),
    })
  })

  it('may have fields of zod/mini in an object of zod', async () => {
    const params = z.object({ id: mini.string() } as never)
    const operation = { name: 'op', description: 'One.', path: 'records/{id}', params }
    const tool = defineOperation(testClient(emulator), operation)
    expect(await tool.execute({ id: 'rec-0001' })).toMatchObject({ ok: true })
  })
})
