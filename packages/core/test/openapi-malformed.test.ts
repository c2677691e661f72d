import { describe, expect, it } from 'vitest'
import { type OpenApiOperations, operationsFromOpenApi } from '../src/openapi.ts'
import { bodyOf, convertOne } from './support/openapi-document.ts'

/** The operations, each with its permission, or the first reason why there is none. */
function outcomeOf({ operations, refused }: OpenApiOperations): unknown {
  return operations.length > 0 ? operations.map(({ permission }) => permission) : refused[0]?.reason
}

describe('a security requirement', () => {
  const components = {
    securitySchemes: {
      o: { type: 'oauth2' },
      key: { type: 'apiKey' },
      odd: { type: 'OAuth2' },
      none: {},
    },
  }
  const more = { components, security: [{ o: ['admin'] }] }
  const withSecurity = (security: unknown): unknown =>
    outcomeOf(convertOne({ operationId: 'x', security }, { more }))

  it.each<[string, unknown]>([
    ['an object', { o: ['admin'] }],
    ['a text', 'o'],
    ['null', null],
    ['a number', 7],
    ['true', true],
    ['a list in a list', [[{ o: ['admin'] }]]],
    ['a list of texts', ['o']],
    ['a list of null', [null]],
    ['one good and one bad', [{ o: ['admin'] }, 'o']],
    ['a scope as text', [{ o: 'admin' }]],
    ['a scope as object', [{ o: { admin: true } }]],
    ['scopes that are null', [{ o: null }]],
    ['scopes of a key as text', [{ key: 'admin' }]],
    ['a scheme of an unknown type', [{ odd: ['admin'] }]],
    ['a scheme without a type', [{ none: ['admin'] }]],
  ])('that is malformed as %s makes no tool', (_what, security) => {
    expect(withSecurity(security)).toBe('malformed')
  })

  it('of the whole document that is malformed makes no tool', () => {
    for (const security of [{ o: ['admin'] }, 'o', null, [{ o: 'admin' }], ['o']]) {
      const root = { components, security }
      expect(outcomeOf(convertOne({ operationId: 'x' }, { more: root }))).toBe('malformed')
    }
  })

  it('that is well formed still decides, and none is none', () => {
    expect(withSecurity(undefined)).toEqual([['admin']])
    expect(withSecurity([{ o: ['a'] }])).toEqual([['a']])
    expect(withSecurity([{ key: ['role'] }])).toEqual([undefined])
    expect(withSecurity([{}])).toEqual([undefined])
    expect(withSecurity([])).toEqual([undefined])
  })
})

describe('a list or an object of a document', () => {
  const schema = { type: 'string' }
  const parameter = { name: 'q', in: 'query', required: true, schema }

  it.each<[string, unknown]>([
    ['an object', { 0: parameter }],
    ['one parameter', parameter],
    ['a text', 'q'],
    ['null', null],
  ])('of parameters that is %s refuses the operation', (_what, parameters) => {
    expect(outcomeOf(convertOne({ operationId: 'x', parameters }))).toBe('malformed')
    const item = { parameters, get: { operationId: 'x' } }
    const document = { openapi: '3.1.0', paths: { '/a': item } }
    expect(outcomeOf(operationsFromOpenApi(document))).toBe('malformed')
  })

  it.each<[string, object]>([
    ['required as a text', { type: 'object', required: 'a', properties: { a: schema } }],
    ['required as true', { type: 'object', required: true, properties: { a: schema } }],
    ['required as an object', { type: 'object', required: { a: true }, properties: { a: schema } }],
    ['required as null', { type: 'object', required: null, properties: { a: schema } }],
    ['required of a text, as of draft 3', { type: 'string', required: true }],
    ['properties as a list', { type: 'object', properties: [schema] }],
    ['properties as a text', { type: 'object', properties: 'a' }],
    ['allOf as an object', { type: 'string', allOf: { 0: schema } }],
    ['anyOf as an object', { type: 'string', anyOf: { 0: schema } }],
    [
      'required of a part as a text',
      { allOf: [{ required: 'a', properties: { a: schema } }, { properties: { b: schema } }] },
    ],
  ])('of a schema with %s refuses the operation', (_what, one) => {
    expect(outcomeOf(convertOne(bodyOf(one), { method: 'post' }))).toBe('malformed')
  })

  it('has no other word for required than true and false', () => {
    for (const required of ['true', 1, null, ['q']]) {
      const parameters = [{ ...parameter, required }]
      expect(outcomeOf(convertOne({ operationId: 'x', parameters }))).toBe('malformed')
      const requestBody = { required, content: { 'application/json': { schema } } }
      const operation = { operationId: 'x', requestBody }
      expect(outcomeOf(convertOne(operation, { method: 'post' }))).toBe('malformed')
    }
  })

  it('of tags that is none chooses nothing, and the tool stays', () => {
    for (const tags of ['pets', null, { 0: 'pets' }]) {
      expect(outcomeOf(convertOne({ operationId: 'x', tags }))).toEqual([undefined])
    }
  })
})
