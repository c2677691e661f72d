import type { AuthSecClient } from '@authsec/core'
import { namedUser, outcomeText } from '@authsec/core/adapter'
import {
  type AgentTool,
  defineOperation,
  defineSecureFetch,
  type OperationOptions,
  type OperationParams,
  type SecureFetchToolOptions,
} from '@authsec/core/tool'
import { keepChanges, type LlamaIndexTool, markCall } from './llamaindex-tool.ts'
import {
  type AuthSecToolOptions,
  assertOperationOptions,
  assertSecureFetchOptions,
} from './tool-option-checks.ts'

/**
 * Creates a tool with which a model reads any endpoint of one configured API. Prefer `operationTool`,
 * where the model fills in parameters instead of paths. Without a client, the tool uses the one that the
 * process shares, made from the environment at the first call. Throws `ConfigError` for an unusable client or option.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { secureFetchTool } from '@authsec/llamaindex'
 *
 * export const tools = [
 *   secureFetchTool(createAuthSecClientFromEnv(), { permission: 'metrics:read' }),
 * ]
 * ```
 */
export function secureFetchTool(
  client?: AuthSecClient,
  options: SecureFetchToolOptions & AuthSecToolOptions = {},
): LlamaIndexTool {
  assertSecureFetchOptions(client, options)
  const { signal, user, ...toolOptions } = options
  return translate(client, (acting) => defineSecureFetch(acting, toolOptions), { signal, user })
}

/**
 * Creates a tool of one declared call: the model fills in its typed parameters and nothing else. Without
 * a client, the tool uses the one that the process shares, made from the environment at the first call.
 * Throws `ConfigError` for an unusable client or option, and for an operation that can never work.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { operationTool } from '@authsec/llamaindex'
 * import { z } from 'zod'
 *
 * export const getRecord = operationTool(createAuthSecClientFromEnv(), {
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
  options: OperationOptions<Params> & AuthSecToolOptions,
): LlamaIndexTool {
  assertOperationOptions(client, options)
  const { signal, user, ...operation } = options
  return translate(client, (acting) => defineOperation(acting, operation), { signal, user })
}

/**
 * LlamaIndex's own `tool()` is not used: it prints arguments that do not fit the schema, and passes
 * them on. Here `execute` checks the arguments, and its outcome tells the model what was wrong.
 */
function translate<Input>(
  client: AuthSecClient | undefined,
  define: (client: AuthSecClient | undefined) => AgentTool<Input>,
  { signal, user }: AuthSecToolOptions,
): LlamaIndexTool {
  const tool = define(client)
  const { name, description, inputJsonSchema } = tool
  const call = async (input: unknown): Promise<string> =>
    outcomeText(await tool.execute(input, { signal, user: namedUser(user?.()) }))
  const metadata = { name, description, parameters: inputJsonSchema }
  markCall(call, (acting, own, copied) => {
    const calls = { signal: own.signal ?? signal, user: own.user ?? user }
    return keepChanges(translate(acting, define, calls), metadata, copied)
  })
  // A copy: what the program writes into it is a change, too.
  return Object.freeze({ metadata: { ...metadata }, call })
}
