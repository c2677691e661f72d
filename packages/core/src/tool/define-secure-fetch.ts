import { z } from 'zod'
import type { AuthSecClient } from '../client/client.ts'
import { checkOptions, type OptionChecks } from '../support/option-checks.ts'
import { optionalText } from '../support/option-values.ts'
import { type AgentTool, createTool } from './agent-tool.ts'
import { assertResource, policyChecks, type ToolPolicyOptions, toolPolicy } from './tool-options.ts'

export interface SecureFetchToolOptions extends ToolPolicyOptions {
  /** Default: `authsec_secure_fetch`. */
  readonly name?: string | undefined
  /** What the model is told. Say which endpoints there are. */
  readonly description?: string | undefined
}

/** What the model fills in. */
export interface SecureFetchInput {
  endpoint: string
  query?: Record<string, string | number | boolean> | undefined
}

/** For adapters that add options of their own. */
export const secureFetchToolChecks: OptionChecks<SecureFetchToolOptions> = {
  ...policyChecks,
  name: optionalText,
  description: optionalText,
}

const inputSchema: z.ZodType<SecureFetchInput> = z.strictObject({
  endpoint: z
    .string()
    .max(1024)
    .describe('Path below the API, such as metrics or customers/42. No scheme, no host, no query.'),
  query: z
    .record(z.string().max(64), z.union([z.string().max(512), z.number(), z.boolean()]))
    .optional()
    .describe('Query parameters by name.'),
})

/**
 * Defines a read-only tool for any endpoint of one configured API. Prefer `defineOperation`, where the
 * model fills in parameters instead of paths. Without a client, the tool uses the client in the
 * context, or the one that the process shares, made from the environment at the first call.
 *
 * @throws ConfigError - for an unknown or unusable option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { defineSecureFetch } from '@authsec/core/tool'
 *
 * const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
 * const tool = defineSecureFetch(client, { permission: 'metrics:read' })
 *
 * console.log(await tool.execute({ endpoint: 'metrics' }))
 * ```
 */
export function defineSecureFetch(
  client: AuthSecClient | undefined,
  options: SecureFetchToolOptions = {},
): AgentTool<SecureFetchInput> {
  checkOptions<SecureFetchToolOptions>(options, 'the tool options', secureFetchToolChecks)
  const {
    name = 'authsec_secure_fetch',
    description = 'Reads JSON from a protected API. Authentication is handled; give the path of the endpoint.',
  } = options
  assertResource(client, { resource: options.resource, method: 'GET', tool: name })
  return createTool<SecureFetchInput>(client, toolPolicy(options), {
    name,
    description,
    inputSchema,
    method: 'GET',
    toRequest: ({ endpoint, query }) => ({ endpoint, query, values: { endpoint, ...query } }),
  })
}
