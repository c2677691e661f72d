import type { AuthSecClient } from '../client/client.ts'
import { checkOptions, type OptionChecks } from '../options/option-checks.ts'
import { optionalText } from '../options/option-values.ts'
import type { AgentTool } from './agent-tool.ts'
import { createTool } from './create-tool.ts'
import { queryOf, type SecureFetchInput, secureFetchInput } from './secure-fetch-input.ts'
import { assertResource, policyChecks, type ToolPolicyOptions, toolPolicy } from './tool-options.ts'

export interface SecureFetchToolOptions extends ToolPolicyOptions {
  /** Default: `authsec_secure_fetch`. */
  readonly name?: string | undefined
  /** What the model is told. Say which endpoints there are. Default: one sentence that names the resource. */
  readonly description?: string | undefined
}

/** For adapters that add options of their own. */
export const secureFetchToolChecks: OptionChecks<SecureFetchToolOptions> = {
  ...policyChecks,
  name: optionalText,
  description: optionalText,
}

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
  const { name = 'authsec_secure_fetch' } = options
  assertResource(client, { resource: options.resource, method: 'GET', tool: name })
  return createTool<SecureFetchInput>(client, toolPolicy(options), {
    name,
    description: options.description ?? descriptionFor(options.resource ?? onlyResource(client)),
    inputSchema: secureFetchInput,
    method: 'GET',
    toRequest({ endpoint, query: parameters }) {
      const query = queryOf(parameters)
      // The endpoint comes last: a parameter of this name must not stand for it in an approval's message.
      return { endpoint, query, values: { ...query, endpoint } }
    },
  })
}

function onlyResource(client: AuthSecClient | undefined): string | undefined {
  return client?.resources.length === 1 ? client.resources[0]?.name : undefined
}

/** A model with tools for several APIs chooses by description. */
function descriptionFor(resource: string | undefined): string {
  const api = resource === undefined ? 'a protected API' : `the protected API ${resource}`
  return `Reads JSON from ${api}. Authentication is handled; give the path of the endpoint.`
}
