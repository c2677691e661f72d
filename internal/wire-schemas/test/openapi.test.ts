import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema'
import { operationsFromOpenApi } from '@authsec/core/openapi'
import { defineOperation } from '@authsec/core/tool'
import { describe, expect, it } from 'vitest'
import { problemsOf } from '../src/check-tool.ts'
import {
  anthropicStrict,
  geminiJsonSchema,
  geminiParameters,
  mcpTool,
  openAiStrict,
  type ProviderRules,
} from '../src/provider-rules.ts'
import { shapeOf } from '../src/shape.ts'

const folder = join(import.meta.dirname, '../../../packages/core/test/fixtures/openapi')

const tools = ['box', 'adyen-transfers', 'discord'].flatMap((name) => {
  const document = readFileSync(join(folder, `${name}.json`), 'utf8')
  const { operations } = operationsFromOpenApi(document, { headers: ['box-version'] })
  return operations.map((operation) => {
    const { inputJsonSchema } = defineOperation(undefined, operation)
    return [`${name} ${operation.name}`, { name: operation.name, schema: inputJsonSchema }] as const
  })
})

/** What each provider is known not to take: see docs/tool-schemas.md. */
const known: readonly [string, ProviderRules, RegExp][] = [
  ['MCP', mcpTool, /^$/],
  ['Anthropic', anthropicStrict, /additionalProperties is not false|propertyNames/],
  // Alternatives of objects, and the default that is told.
  ['Gemini JSON Schema', geminiJsonSchema, /the keyword (anyOf|default) is refused/],
  // LangChain cuts `additionalProperties`, and sends no list of types.
  [
    'Gemini parameters',
    geminiParameters,
    /the keyword additionalProperties is refused|type is a list/,
  ],
  ['OpenAI, strict', openAiStrict, /is not required$|additionalProperties is not false/],
]

describe.each(known)(
  'the tools of real products by the rules of %s',
  (_what, rules, exceptions) => {
    it('are accepted, but for what is known', () => {
      expect(tools).toHaveLength(127)
      const problems = tools.flatMap(([what, tool]) =>
        problemsOf(tool, rules)
          .filter((problem) => !exceptions.test(problem))
          .map((problem) => `${what}: ${problem}`),
      )
      expect(problems).toEqual([])
    })
  },
)

describe("the transform of Anthropic's SDK", () => {
  it.each(tools)('keeps the shape of %s', (_what, { schema }) => {
    const transformed = transformJSONSchema(structuredClone(schema) as never)
    expect(shapeOf(transformed)).toEqual(shapeOf(schema))
  })
})
