import type { JsonSchema } from '@authsec/core/tool'
import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ServerContext,
  StandardSchemaWithJSON,
  ToolAnnotations,
} from '@modelcontextprotocol/server'
import type { z } from 'zod'

/** A tool as clients see it. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  /** JSON Schema, draft 2020-12. */
  readonly inputJsonSchema: JsonSchema
  readonly outputSchema: z.ZodType
}

export function registerTool(
  server: McpServer,
  { name, description, inputJsonSchema, outputSchema }: ToolDescription,
  annotations: ToolAnnotations,
  call: (input: unknown, ctx: ServerContext) => Promise<CallToolResult | InputRequiredResult>,
): void {
  const inputSchema = withoutChecks(inputJsonSchema)
  const config = { description, inputSchema, outputSchema: converted(outputSchema), annotations }
  server.registerTool(name, config, call)
}

const conversions = new WeakMap<z.ZodType, StandardSchemaWithJSON>()

/** The schema with its JSON Schema made once: over HTTP each request has a server, which asks for it again. */
function converted(schema: z.ZodType): StandardSchemaWithJSON {
  const known = conversions.get(schema)
  if (known) return known
  const { '~standard': standard } = schema
  let json: JsonSchema | undefined
  const conversion: StandardSchemaWithJSON = {
    '~standard': {
      version: 1,
      vendor: 'authsec',
      validate: (value) => standard.validate(value),
      jsonSchema: {
        input: (options) => standard.jsonSchema.input(options),
        output(options) {
          json ??= standard.jsonSchema.output(options)
          return json
        },
      },
    },
  }
  conversions.set(schema, conversion)
  return conversion
}

/**
 * The schema that `tools/list` shows, without checks of the SDK. The tool checks its input itself and
 * answers `invalid_input` as in every other framework. A check of the SDK would come first, and answer
 * in other words without structured content.
 */
function withoutChecks(inputJsonSchema: JsonSchema): StandardSchemaWithJSON {
  const schema = (): JsonSchema => inputJsonSchema
  return {
    '~standard': {
      version: 1,
      vendor: 'authsec',
      validate: (value) => ({ value }),
      jsonSchema: { input: schema, output: schema },
    },
  }
}
