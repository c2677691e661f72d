import { describe, expect, it } from 'vitest'
import { type OpenApiOptions, operationsFromOpenApi } from '../src/openapi.ts'
import { defineOperation } from '../src/tool.ts'

const refTo = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
const post = (operationId: string, schema: object): object => ({
  post: {
    operationId,
    requestBody: { required: true, content: { 'application/json': { schema } } },
  },
})

/** What a model is given of each operation, and what was refused of each. */
function shownOf(paths: object, schemas: object, options?: OpenApiOptions): Map<string, unknown> {
  const document = { openapi: '3.1.0', paths, components: { schemas } }
  const { operations, refused } = operationsFromOpenApi(document, options)
  return new Map(
    operations.map((operation) => [
      operation.name,
      [
        defineOperation(undefined, operation).inputJsonSchema,
        refused.filter((one) => one.operation === operation.name),
      ],
    ]),
  )
}

describe('what a tool takes of objects that allOf puts together', () => {
  const text = { type: 'string' }
  const named = { type: 'object', properties: { name: text } }
  const owned = { type: 'object', properties: { owner: refTo('User') } }
  const schemas = {
    Wrapper: { type: 'object', properties: { label: text, pet: refTo('Pet') } },
    List: { type: 'array', items: refTo('Pet') },
    Nested: { allOf: [{ properties: { pet: refTo('Pet') } }, { properties: { more: text } }] },
    Pet: { allOf: [owned, named] },
    User: { type: 'object', properties: { mail: text, first: refTo('Wrapper') } },
  }
  const paths = {
    '/a': post('makeWrapper', refTo('Wrapper')),
    '/b': post('makePet', refTo('Pet')),
    '/c': post('makeUser', refTo('User')),
    '/d': post('makeList', {
      type: 'object',
      required: ['all'],
      properties: { all: refTo('List') },
    }),
    '/e': post('makeNested', refTo('Nested')),
  }
  const names = ['makeWrapper', 'makePet', 'makeUser', 'makeList', 'makeNested']

  it.each(names)('does not depend on the operations beside %s', (name) => {
    const alone = shownOf(paths, schemas, { include: { operationIds: [name] } }).get(name)
    expect(alone).toBeDefined()
    const reversed = Object.fromEntries(Object.entries(paths).reverse())
    for (const order of [paths, reversed]) {
      expect(shownOf(order, schemas).get(name)).toEqual(alone)
    }
  })

  it('is not changed by an alias of YAML that stands in two objects', () => {
    const alias = refTo('Owner')
    const shared = {
      Owner: { type: 'object', properties: { mail: text, pet: refTo('Pet') } },
      Pet: { allOf: [{ properties: { owner: alias } }, named] },
      Shop: { allOf: [{ properties: { owner: alias } }, { properties: { pet: refTo('Pet') } }] },
    }
    const both = { '/a': post('makeShop', refTo('Shop')), '/b': post('makePet', refTo('Pet')) }
    const alone = shownOf(both, shared, { include: { operationIds: ['makePet'] } }).get('makePet')
    expect(shownOf(both, shared).get('makePet')).toEqual(alone)
  })
})
