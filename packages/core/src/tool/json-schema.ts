import { z } from 'zod'
import { invalidOption } from '../support/option-checks.ts'

/** A JSON Schema document (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The schema that a model provider is sent, made once for all adapters. Throws `ConfigError` for a type that JSON cannot carry. */
export function jsonSchemaOf(schema: z.ZodType, tool: string): JsonSchema {
  try {
    // A copy, because zod hides a Standard Schema on its result, which frameworks mistake for the schema's kind.
    return deepFrozen({ ...z.toJSONSchema(schema, { io: 'input' }) })
  } catch {
    throw invalidOption(
      `\`params\` of the tool ${tool}`,
      'have a type that JSON Schema cannot express',
      'Use types that JSON can carry: z.iso.datetime() or z.string() in place of z.date(), z.number() or z.string() in place of z.bigint().',
    )
  }
}

function deepFrozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFrozen(inner)
  }
  return Object.freeze(value)
}
