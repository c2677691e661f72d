import type { AuthSecClient } from '@authsec/core'
import {
  checkOptions,
  operationChecks,
  optionalFunction,
  secureFetchToolChecks,
  uncheckedHere,
} from '@authsec/core/adapter'
import {
  type AgentTool,
  defineOperation,
  defineSecureFetch,
  type OperationInput,
  type OperationOptions,
  type OperationParams,
  type SecureFetchInput,
  type SecureFetchToolOptions,
} from '@authsec/core/tool'
import { AuthSecStructuredTool, type ToolCallOptions } from './structured-tool.ts'

export interface AuthSecSecureFetchToolOptions extends SecureFetchToolOptions, ToolCallOptions {
  /** Default: the client of the run's `AuthSecCallbackHandler`, else the one that the process shares, made from the environment. */
  client?: AuthSecClient | undefined
}

/**
 * Lets a model read any endpoint of one configured API. Prefer `operationTool`, where the model
 * fills in parameters instead of paths. The constructor throws `ConfigError` for an unusable option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { AuthSecSecureFetchTool } from '@authsec/langchain'
 *
 * const client = createAuthSecClientFromEnv()
 * export const tool = new AuthSecSecureFetchTool({ client, permission: 'metrics:read' })
 * ```
 */
export class AuthSecSecureFetchTool extends AuthSecStructuredTool<SecureFetchInput> {
  static override lc_name(): string {
    return 'AuthSecSecureFetchTool'
  }

  constructor(options: AuthSecSecureFetchToolOptions = {}) {
    super(toolOf(options), { user: options.user })
  }
}

function toolOf(options: AuthSecSecureFetchToolOptions): AgentTool<SecureFetchInput> {
  checkOptions<AuthSecSecureFetchToolOptions>(options, 'the options of AuthSecSecureFetchTool', {
    ...secureFetchToolChecks,
    client: uncheckedHere,
    user: optionalFunction,
  })
  const { client, user: _, ...rest } = options
  return defineSecureFetch(client, rest)
}

/**
 * Creates an `AuthSecSecureFetchTool`. Throws `ConfigError` for an unusable option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { secureFetchTool } from '@authsec/langchain'
 *
 * export const tool = secureFetchTool(createAuthSecClientFromEnv(), { permission: 'metrics:read' })
 * ```
 */
export function secureFetchTool(
  client?: AuthSecClient,
  options: SecureFetchToolOptions & ToolCallOptions = {},
): AuthSecSecureFetchTool {
  return new AuthSecSecureFetchTool({ client, ...options })
}

/**
 * Creates a tool of one declared call: the model fills in its typed parameters and nothing else. Throws
 * `ConfigError` for an unusable option, and for an operation that can never work.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { operationTool } from '@authsec/langchain'
 * import { z } from 'zod'
 *
 * export const tool = operationTool(createAuthSecClientFromEnv(), {
 *   name: 'get_record',
 *   description: 'One record of the vault.',
 *   path: 'records/{id}',
 *   params: z.object({ id: z.string() }),
 *   permission: 'records:read',
 * })
 * ```
 */
export function operationTool<Params extends OperationParams>(
  client: AuthSecClient | undefined,
  operation: OperationOptions<Params> & ToolCallOptions,
): AuthSecStructuredTool<OperationInput<Params>> {
  checkOptions<object>(operation, 'the operation', { ...operationChecks, user: optionalFunction })
  const { user, ...options } = operation
  const tool: AgentTool<OperationInput<Params>> = defineOperation(client, options)
  return new AuthSecStructuredTool(tool, { user })
}
