import { z } from 'zod'
import { invalidOption } from '../options/option-checks.ts'

/** A JSON Schema document (draft 2020-12, without `$schema`). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The schema that a model provider is sent, made once for all adapters. Throws `ConfigError` for a type that JSON cannot carry. */
export function jsonSchemaOf(schema: z.ZodType, tool: string): JsonSchema {
  try {
    // A copy, because zod hides a Standard Schema on its result, which frameworks mistake for the schema's kind.
    const { $schema: _dialect, ...document } = z.toJSONSchema(schema, {
      io: 'input',
      override: ({ jsonSchema }) => leaveOutAnyName(jsonSchema),
    })
    return deepFrozen(document)
  } catch {
    throw invalidOption(
      `\`params\` of the tool ${tool}`,
      'have a type that JSON Schema cannot express',
      'Use types that JSON can carry: z.iso.datetime() or z.string() in place of z.date(), z.number() or z.string() in place of z.bigint().',
    )
  }
}

/** A record's `propertyNames: { type: 'string' }` is true of all JSON, and Gemini and OpenAI refuse the keyword. */
function leaveOutAnyName(schema: z.core.JSONSchema.BaseSchema): void {
  const { propertyNames } = schema
  if (typeof propertyNames !== 'object') return
  const says = Object.entries(propertyNames)
  if (says.every(([keyword, value]) => keyword === 'type' && value === 'string')) {
    delete schema.propertyNames
  }
}

function deepFrozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFrozen(inner)
  }
  return Object.freeze(value)
}
