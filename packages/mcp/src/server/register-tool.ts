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
  readonly inputSchema: z.ZodType
  readonly outputSchema: z.ZodType
}

export function registerTool(
  server: McpServer,
  { name, description, inputSchema, outputSchema }: ToolDescription,
  annotations: ToolAnnotations,
  call: (input: unknown, ctx: ServerContext) => Promise<CallToolResult | InputRequiredResult>,
): void {
  const schema = unchecked(inputSchema)
  server.registerTool(name, { description, inputSchema: schema, outputSchema, annotations }, call)
}

/**
 * The schema without its checks. The tool checks its input itself and answers `invalid_input` like in
 * every other framework; the SDK's own check would come first and answer in other words, without
 * structured content.
 */
function unchecked(schema: z.ZodType): StandardSchemaWithJSON {
  return {
    '~standard': {
      version: 1,
      vendor: 'authsec',
      validate: (value) => ({ value }),
      jsonSchema: schema['~standard'].jsonSchema,
    },
  }
}
