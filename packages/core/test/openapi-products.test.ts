import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { type OpenApiOptions, operationsFromOpenApi } from '../src/openapi.ts'
import { defineOperation } from '../src/tool.ts'
import { type ProductDocument, productDocument } from './support/openapi-document.ts'

/** How often each part of a document was refused for each reason. */
function summaryOf(name: ProductDocument, options: OpenApiOptions = {}): Record<string, number> {
  const { operations, refused } = operationsFromOpenApi(productDocument(name), options)
  const counts: Record<string, number> = { operations: operations.length }
  for (const { part, reason } of refused) {
    const key = `${part} ${reason}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

describe('the documents of real products', () => {
  it('of Box become tools when the header for its version is listed', () => {
    expect(summaryOf('box')).toEqual({
      operations: 0,
      'operation header_not_listed': 36,
      'operation parameter_style': 1,
      'server base_path': 1,
    })
    expect(summaryOf('box', { headers: ['box-version'] })).toEqual({
      operations: 35,
      'operation parameter_style': 1,
      'operation untyped': 1,
      'server base_path': 1,
    })
  })

  it('of Adyen become tools, without the headers that no model chooses', () => {
    expect(summaryOf('adyen-transfers')).toEqual({
      operations: 12,
      'parameter header_reserved': 7,
      'server base_path': 1,
    })
  })

  it('of Discord become tools, but for what JSON and zod cannot say', () => {
    expect(summaryOf('discord')).toEqual({
      operations: 80,
      'operation body_not_allowed': 1,
      'operation response_not_json': 1,
      'parameter parameter_style': 3,
      'parameter too_deep': 5,
      'parameter unsupported_schema': 2,
      'parameter untyped': 4,
      'server base_path': 1,
    })
  })

  it('demand the scopes of OAuth as permissions', () => {
    const { operations } = operationsFromOpenApi(productDocument('discord'), {
      include: { operationIds: ['get_my_guild_member', 'get_public_keys'] },
    })
    expect(operations.map(({ name, permission }) => [name, permission])).toEqual([
      ['get_public_keys', undefined],
      ['get_my_guild_member', ['guilds.members.read']],
    ])
  })

  it.each(['box', 'adyen-transfers', 'discord'] as const)(
    'of %s ask for an approval of every unsafe method, and of no other',
    (name) => {
      const { operations } = operationsFromOpenApi(productDocument(name), {
        headers: ['box-version'],
      })
      for (const operation of operations) {
        const tool = defineOperation(undefined, operation)
        expect(tool.requiresApproval, tool.name).toBe(operation.method !== 'GET')
      }
    },
  )

  it.each(['box', 'adyen-transfers', 'discord'] as const)(
    'of %s have texts that are short, on one line and visible',
    (name) => {
      const { operations } = operationsFromOpenApi(productDocument(name), {
        headers: ['box-version'],
      })
      for (const operation of operations) {
        const { description, inputJsonSchema } = defineOperation(undefined, operation)
        for (const text of [description, ...descriptionsIn(inputJsonSchema)]) {
          expect(text.length).toBeLessThanOrEqual(1_024)
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        }
      }
    },
  )
})

function descriptionsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'description' && typeof inner === 'string' ? [inner] : descriptionsIn(inner),
  )
}

describe('what is no document of OpenAPI 3.0 or 3.1', () => {
  it.each<[string, unknown, RegExp]>([
    ['a text that is no JSON', 'openapi: 3.1.0\npaths: {}', /not the JSON of an object/],
    ['a list', '[]', /not the JSON of an object/],
    ['null', null, /must be an object/],
    ['a list as a value', [], /must be an object/],
    ['Swagger 2', { swagger: '2.0', paths: {} }, /Swagger 2/],
    ['OpenAPI 3.2', { openapi: '3.2.0', paths: {} }, /3\.0\.x` or 3\.1/],
    ['no version', { paths: {} }, /does not say/],
    ['an inherited version', Object.create({ openapi: '3.1.0' }), /does not say/],
  ])('is refused: %s', (_what, document, message) => {
    const error = thrown(() => operationsFromOpenApi(document as object))
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/\w/),
    })
  })

  it('is told from a document without paths, which has no tools', () => {
    expect(operationsFromOpenApi('\ufeff{"openapi":"3.1.0"}')).toEqual({
      operations: [],
      refused: [],
    })
  })
})
