import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema'
import { createAuthSecMcpServerFactory } from '@authsec/mcp'
import { testClient } from '@authsec-internal/test-kit'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { toStrictJsonSchema } from 'openai/lib/transform'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { problemsOf } from '../src/check-tool.ts'
import {
  anthropicStrict,
  geminiJsonSchema,
  geminiParameters,
  mcpTool,
  openAiStrict,
  type ProviderRules,
} from '../src/provider-rules.ts'
import { senders } from '../src/senders.ts'
import { shapeOf } from '../src/shape.ts'
import {
  bookPayment,
  operationWith,
  TOOL_NAME,
  type ToolCase,
  withoutParameters,
} from '../src/tools.ts'
import { wireToolOf } from '../src/wire-tools.ts'

const cases: readonly (readonly [string, ToolCase])[] = [
  ['the secure fetch tool', {}],
  ['an operation with path, query and body', { operation: bookPayment }],
  ['a tool without parameters', { operation: withoutParameters }],
]

describe.each(cases)('%s', (_what, tool) => {
  it.each(senders)('of %s is accepted by the rules of %s', async (_framework, provider, send) => {
    const sent = wireToolOf(provider, await send(tool))
    expect(problemsOf(sent.tool, sent.rules)).toEqual([])
    expect(sent.tool.name).toBe(TOOL_NAME)
  })

  it.each(senders.filter(([, provider]) => provider === 'openai'))(
    'of %s keeps its shape in the strict transform of the SDK of %s',
    async (_framework, provider, send) => {
      const { schema } = wireToolOf(provider, await send(tool)).tool
      const strict = toStrictJsonSchema(structuredClone(schema) as never)
      expect(shapeOf(strict)).toEqual(shapeOf(schema))
    },
  )

  it.each(senders.filter(([, provider]) => provider === 'anthropic'))(
    'of %s keeps its shape in the transform of the SDK of %s',
    async (_framework, provider, send) => {
      const { schema } = wireToolOf(provider, await send(tool)).tool
      const transformed = transformJSONSchema(structuredClone(schema) as never)
      expect(shapeOf(transformed)).toEqual(shapeOf(schema))
    },
  )
})

describe('the tools of the MCP server', () => {
  it('are accepted by the rules of MCP and of every provider that a host may use', async () => {
    const client = testClient(nowhere, {
      resources: [{ name: 'vault', baseUrl: nowhere.vaultUrl, methods: ['GET', 'POST'] }],
    })
    const [near, far] = InMemoryTransport.createLinkedPair()
    const operations = [bookPayment, { ...withoutParameters, name: 'metrics' }]
    const factory = createAuthSecMcpServerFactory(client, { operations, secureFetch: {} })
    const server = serveStdio(factory, { transport: far })
    const host = new Client({ name: 'host', version: '1.0.0' })
    await host.connect(near)
    const { tools } = await host.listTools()
    await Promise.all([host.close(), server.close()])

    expect(tools).toHaveLength(4)
    for (const { name, inputSchema } of tools) {
      for (const rules of [mcpTool, openAiStrict, geminiJsonSchema, anthropicStrict]) {
        expect(problemsOf({ name, schema: inputSchema }, rules)).toEqual([])
      }
    }
  })
})

const nowhere = {
  baseUrl: 'http://127.0.0.1:1',
  clientId: '0191c5a0-7b7e-7c1c-9d5e-000000000001',
  vaultUrl: 'http://127.0.0.1:1/v1/',
}

describe('the types that docs/tool-schemas.md warns of', () => {
  it.each<[string, z.ZodType, string, RegExp]>([
    ['an optional parameter', z.string().optional(), 'openai', /not required/],
    ['a record', z.record(z.string(), z.number()), 'openai', /additionalProperties/],
    ['a record', z.record(z.string(), z.number()), 'google', /propertyNames/],
    ['a tuple', z.tuple([z.string(), z.number()]), 'openai', /prefixItems/],
    ['a nullable parameter', z.string().nullable(), 'google', /list/],
    ['a union of texts and numbers', z.union([z.string(), z.number()]), 'google', /list/],
    ['a literal', z.literal('a'), 'google', /const/],
    ['a text with a limit', z.string().max(5), 'anthropic', /maxLength/],
    ['a whole number', z.int(), 'anthropic', /minimum/],
  ])('%s is refused by the rules of %s', async (_what, type, provider, words) => {
    const found = senders.find(
      ([name, to]) =>
        name === (provider === 'anthropic' ? 'AI SDK' : 'LangChain') && to === provider,
    )
    if (!found) throw new Error('There is no such sender.')
    const [, to, send] = found
    const { tool, rules } = wireToolOf(to, await send({ operation: operationWith(type) }))
    expect(problemsOf(tool, rules).join('\n')).toMatch(words)
  })

  it.each<[string, z.ZodType]>([
    [
      'a list of names and values',
      z.array(z.strictObject({ name: z.string(), value: z.string() })),
    ],
    ['an enumeration', z.enum(['a', 'b'])],
    ['a number and a truth value', z.strictObject({ amount: z.number(), dry: z.boolean() })],
  ])('%s takes their place at every provider', async (_what, type) => {
    for (const [, provider, send] of senders) {
      const { tool, rules } = wireToolOf(provider, await send({ operation: operationWith(type) }))
      expect(problemsOf(tool, rules)).toEqual([])
    }
  })
})

describe('each checker refuses a planted bad schema:', () => {
  const closed = { type: 'object', additionalProperties: false }
  const inside = (field: object) => ({ ...closed, properties: { field }, required: ['field'] })

  it.each<[string, ProviderRules, object | undefined, string?]>([
    ['OpenAI, an optional property', openAiStrict, { ...inside({}), required: [] }],
    [
      'OpenAI, an open object in a list',
      openAiStrict,
      inside({ type: 'array', items: { type: 'object' } }),
    ],
    ['OpenAI, propertyNames in a union', openAiStrict, inside({ anyOf: [{ propertyNames: {} }] })],
    ['OpenAI, a root that is a union', openAiStrict, { anyOf: [closed] }],
    ['OpenAI, a long name', openAiStrict, closed, 'n'.repeat(65)],
    ['Gemini, a list of types', geminiParameters, inside({ type: ['string', 'null'] })],
    ['Gemini, a dialect', geminiParameters, { $schema: 'x', type: 'object' }],
    ['Gemini, additionalProperties', geminiParameters, closed],
    [
      'Gemini, a property name with a hyphen',
      geminiParameters,
      { type: 'object', properties: { 'a-b': {} } },
    ],
    ['Gemini, a name that begins with a digit', geminiParameters, undefined, '1st'],
    ['Gemini JSON Schema, an unknown keyword', geminiJsonSchema, inside({ pattern: 'a' })],
    ['Gemini JSON Schema, a dialect inside', geminiJsonSchema, inside({ $schema: 'x' })],
    ['Anthropic, maxLength', anthropicStrict, inside({ type: 'string', maxLength: 5 })],
    ['Anthropic, an open object', anthropicStrict, { type: 'object' }],
    [
      'Anthropic, a property name with a space',
      anthropicStrict,
      { ...closed, properties: { 'a b': {} } },
    ],
    ['MCP, a root that is a list', mcpTool, { type: 'array' }],
    ['MCP, a name with a dot', mcpTool, closed, 'a.b'],
  ])('%s', (_what, rules, schema, name = 'tool') => {
    const planted = schema && { ...schema }
    expect(
      problemsOf({ name, schema: planted as Record<string, unknown> | undefined }, rules),
    ).not.toEqual([])
  })
})
