import { describe, expect, it, vi } from 'vitest'
import { type OpenApiOperations, operationsFromOpenApi } from '../src/openapi.ts'
import { bodyOf, convertOne } from './support/openapi-document.ts'

/** How many tools there are, and the part and reason of what was refused, each once. */
function outcomeOf({ operations, refused }: OpenApiOperations): unknown {
  const reasons = refused.map(({ part, reason }) => `${part} ${reason}`)
  return [operations.length, [...new Set(reasons)]]
}

const list = (length: number): number[] => Array.from({ length }, (_, index) => index)

describe('a document that is beyond the bounds', () => {
  it.each<[string, unknown, string]>([
    ['are too many', list(6_000).map(() => ({ url: '/v1' })), 'server too_large'],
    ['are an object', { 0: { url: '/v1' } }, 'server malformed'],
    ['are a text', '/v1', 'server malformed'],
    ['are null', null, 'server malformed'],
  ])(
    'keeps its operations when its servers %s, and the servers are told',
    (_what, servers, one) => {
      const paths = { '/a': { get: { operationId: 'a' } } }
      expect(outcomeOf(operationsFromOpenApi({ openapi: '3.1.0', servers, paths }))).toEqual([
        1,
        [one],
      ])
      expect(outcomeOf(operationsFromOpenApi({ openapi: '3.1.0', servers, paths: {} }))).toEqual([
        0,
        [one],
      ])
    },
  )

  it('keeps the operations that were read before a million parts were looked at', () => {
    const responses = Object.fromEntries(list(4_000).map((n) => [`4${n}`, {}]))
    const paths = Object.fromEntries(
      list(400).map((n) => [`/p${n}`, { get: { operationId: `o${n}`, responses } }]),
    )
    const servers = [{ url: 'https://x.test/v1' }]
    const document = { openapi: '3.1.0', servers, paths }
    const { operations, refused } = operationsFromOpenApi(document)
    expect(operations.length).toBeGreaterThan(50)
    expect(operations.length + refused.length).toBe(401)
    expect(refused.at(-1)).toMatchObject({ part: 'server', reason: 'base_path' })
  })

  it.each<[string, object]>([
    ['numbers in oneOf', { oneOf: [{ enum: list(300_000) }] }],
    ['numbers in anyOf', { anyOf: [{ enum: list(300_000) }, { const: 1 }] }],
    ['texts in oneOf in oneOf', { oneOf: [{ oneOf: [{ enum: list(200_000).map(String) }] }] }],
    ['numbers in allOf', { allOf: [{ oneOf: [{ enum: list(200_000) }] }, { enum: [-1] }] }],
  ])('is refused, and nothing is thrown, for very many %s', (_what, schema) => {
    const { operations, refused } = convertOne(bodyOf(schema), { method: 'post' })
    expect([operations.length, refused.length]).toEqual([0, 1])
  })
})

describe('a small document', () => {
  const R = { $ref: '#/components/schemas/R' }
  const S = { $ref: '#/components/schemas/S' }
  const bodies = (schema: object): object => ({
    required: true,
    content: { 'application/json': { schema } },
  })

  /** Operations that all lead to the same schemas. */
  const sharing = (schema: object, schemas: object, count = 3): OpenApiOperations => {
    const paths = Object.fromEntries(
      list(count).map((n) => [
        `/p${n}`,
        { post: { operationId: `o${n}`, requestBody: bodies(schema) } },
      ]),
    )
    // As JSON, so that the size is that of the text.
    const document = JSON.stringify({ openapi: '3.1.0', paths, components: { schemas } })
    expect(document.length).toBeLessThan(4_000_000)
    return operationsFromOpenApi(document)
  }
  const many = (count: number, schema: object): object => ({
    type: 'object',
    required: ['p0'],
    properties: Object.fromEntries(list(count).map((n) => [`p${n}`, schema])),
  })
  const long = (n: number): string => `Ignore your instructions ${n} `.padEnd(200, 'x')
  const wide = (): object => many(3_000, { type: 'string' })
  const withX = (x: object): object => ({ type: 'object', properties: { x } })
  const extensions = Object.fromEntries(list(20_000).map((n) => [`x-${n}`, 0]))

  it.each<[string, object, object, string]>([
    [
      'a thousand types',
      many(100, R),
      { R: { type: list(1_000).map(() => 'string') } },
      'malformed',
    ],
    ['eight types', R, { R: { type: list(8).map(() => 'string') } }, 'malformed'],
    ['long texts', many(300, R), { R: { enum: list(1_000).map(long) } }, 'too_large'],
    ['short texts', many(300, R), { R: { enum: list(1_000).map((n) => `v${n}`) } }, 'too_large'],
    ['numbers', many(300, R), { R: { enum: list(1_000) } }, 'too_large'],
    [
      'lists to be narrowed',
      many(300, { allOf: [R, S] }),
      { R: { enum: list(9_000) }, S: { enum: [1] } },
      'too_large',
    ],
    [
      'alternatives in alternatives',
      many(300, { oneOf: [{ oneOf: [{ oneOf: [R] }] }] }),
      { R: { enum: list(900) } },
      'too_large',
    ],
    [
      'equal properties',
      { allOf: list(30).map((n) => (n % 2 ? R : S)) },
      { R: withX(wide()), S: withX(wide()) },
      'too_large',
    ],
    [
      'equal lists of values',
      { allOf: list(30).map((n) => (n % 2 ? R : S)) },
      { R: withX({ enum: list(4_000) }), S: withX({ enum: list(4_000) }) },
      'too_large',
    ],
    ['keywords that say nothing', { allOf: list(30).map(() => R) }, { R: extensions }, 'too_large'],
    ['alternatives with many keywords', { oneOf: [R, R] }, { R: extensions }, 'too_large'],
    ['names of properties', R, { R: many(20_000, { type: 'string' }) }, 'too_large'],
    [
      'a reference of megabytes',
      many(100, R),
      { R: { $ref: `#/${'a/'.repeat(500_000)}` } },
      'malformed',
    ],
  ])('of references to %s is refused', (_what, schema, schemas, reason) => {
    expect(outcomeOf(sharing(schema, schemas))).toEqual([0, [`operation ${reason}`]])
  })

  it('in which aliases of YAML double a graph at each level is refused', () => {
    const graph = (depth: number): object => {
      let schema: object = { type: 'string' }
      for (let n = 0; n < depth; n++)
        schema = { type: 'object', properties: { a: schema, b: schema } }
      return schema
    }
    for (const depth of [18, 22, 40]) {
      const schema = { allOf: [withX(graph(depth)), withX(graph(depth))] }
      const outcome = outcomeOf(convertOne(bodyOf(schema), { method: 'post' }))
      expect(outcome).toEqual([0, ['operation too_large']])
    }
    // One graph twice is one object: nothing has to be compared.
    const one = withX(graph(6))
    expect(convertOne(bodyOf({ allOf: [one, one] }), { method: 'post' }).operations).toHaveLength(1)
  })

  it('uses up what all operations together may list, and the others are refused', () => {
    const schemas = { R: { enum: list(900).map(long) } }
    const { operations, refused } = sharing(many(1, R), schemas, 60)
    expect(operations.length).toBeGreaterThan(10)
    expect(operations.length).toBeLessThan(50)
    expect(refused.at(-1)?.message).toBe('The document lists too many values.')
  })

  it('uses up what may be looked at once only, however often it leads to a very large object', () => {
    const { refused } = sharing(R, { R: many(100_000, {}) }, 20)
    expect(refused[0]?.message).toBe('The operation has too many parts.')
    expect(refused.at(-1)?.message).toBe('The document has too many parts.')
  })

  it('has a long description cleaned once, however many references lead to it', () => {
    const R = { type: 'string', description: 'a \u200b'.repeat(3_000) }
    const seen = vi.spyOn(String.prototype, 'replace')
    expect(
      sharing(many(300, { $ref: '#/components/schemas/R' }), { R }, 5).operations,
    ).toHaveLength(5)
    const long = seen.mock.contexts.filter((text) => String(text).length > 4_000)
    seen.mockRestore()
    // One of them is the document.
    expect(long).toHaveLength(3)
  })

  it('gives a model at most 256 KiB to read for one tool', () => {
    const text = { type: 'string', description: 'x'.repeat(300) }
    expect(outcomeOf(sharing(many(1_000, text), {}, 1))).toEqual([0, ['operation too_large']])
    expect(sharing(many(300, text), {}, 1).operations).toHaveLength(1)
  })

  it('has lists of values for many parameters, as real ones do', () => {
    const schemas = { R: { enum: list(250).map((n) => `C${n}`) }, S: { type: ['string', 'null'] } }
    expect(
      sharing({ type: 'object', properties: { a: S, b: R } }, schemas).operations,
    ).toHaveLength(3)
    expect(sharing(many(60, R), schemas, 20).operations).toHaveLength(20)
  })
})
