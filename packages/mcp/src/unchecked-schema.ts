import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import type { z } from 'zod'

/**
 * The schema of a tool as clients see it, without its checks. The tool checks its input itself and
 * answers `invalid_input` like in every other framework; the SDK's own check would come first and
 * answer in other words, without structured content.
 */
export function uncheckedSchema(schema: z.ZodType): StandardSchemaWithJSON {
  return {
    '~standard': {
      version: 1,
      vendor: 'authsec',
      validate: (value) => ({ value }),
      jsonSchema: schema['~standard'].jsonSchema,
    },
  }
}
