import type { AuthSecClient } from '@authsec/core'
import {
  type AgentTool,
  defineOperation,
  defineSecureFetch,
  type OperationInput,
  type OperationParams,
  type SecureFetchInput,
  type ToolOutcome,
} from '@authsec/core/tool'
import { createTool, type Tool } from '@mastra/core/tools'
import { callStateOf } from './call-state.ts'
import { type ClientOf, clientChooser, knownClient } from './request-client.ts'
import { sealedIn, suspendIfPending, suspendSchema } from './suspension.ts'
import {
  type Operation,
  operationOptions,
  type SecureFetchOptions,
  secureFetchOptions,
} from './tool-options.ts'
import { suspensionTransform } from './without-sealed.ts'

/** A Mastra tool whose result is an outcome. */
export type AuthSecTool<Input> = Tool<Input, ToolOutcome>

/**
 * Each `execute` that enforces an approval itself: a copy of the tool keeps it, and a tool that was given
 * another one is not trusted. A WeakSet, so that the mark is neither printed nor stored.
 */
const asking = new WeakSet<object>()

/**
 * Lets a model read any endpoint of one configured API. Prefer `operationTool`, where the model
 * fills in parameters instead of paths. Without a client, the tool uses the request's (see
 * `AUTHSEC_CLIENT_KEY`), or the one that the process shares, made from the environment at the first call.
 * Throws `ConfigError` for an unusable option.
 *
 * @param client - The agent that acts, or a function that names it in each call.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { secureFetchTool } from '@authsec/mastra'
 *
 * export const tools = {
 *   read_vault: secureFetchTool(createAuthSecClientFromEnv(), { permission: 'metrics:read' }),
 * }
 * ```
 */
export function secureFetchTool(
  client?: AuthSecClient | ClientOf,
  options: SecureFetchOptions = {},
): AuthSecTool<SecureFetchInput> {
  return translate(
    client,
    defineSecureFetch(knownClient(client), secureFetchOptions(options)),
    options,
  )
}

/**
 * Creates a tool of one declared call: the model fills in its typed parameters and nothing else. Throws
 * `ConfigError` for an unusable option, and for an operation that can never work.
 *
 * @param client - The agent that acts, or a function that names it in each call. What a client allows is then
 *   checked in the call.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { operationTool } from '@authsec/mastra'
 * import { z } from 'zod'
 *
 * export const get_record = operationTool(createAuthSecClientFromEnv(), {
 *   name: 'get_record',
 *   description: 'One record of the vault.',
 *   path: 'records/{id}',
 *   params: z.object({ id: z.string() }),
 *   permission: 'records:read',
 * })
 * ```
 */
export function operationTool<Params extends OperationParams>(
  client: AuthSecClient | ClientOf | undefined,
  operation: Operation<Params>,
): AuthSecTool<OperationInput<Params>> {
  return translate(
    client,
    defineOperation(knownClient(client), operationOptions(operation)),
    operation,
  )
}

function translate<Input>(
  client: AuthSecClient | ClientOf | undefined,
  tool: AgentTool<Input>,
  { user, approval }: Pick<SecureFetchOptions, 'user' | 'approval'>,
): AuthSecTool<Input> {
  const { name, description, inputSchema, outputSchema, requiresApproval } = tool
  const clientFor = clientChooser(client)
  const translated = createTool({
    id: name,
    description,
    inputSchema,
    outputSchema,
    transform: suspensionTransform,
    ...(approval?.wait === 'suspend' && { suspendSchema }),
    execute: async (input: Input, given: unknown) => {
      const state = callStateOf(given, user)
      const caller = clientFor(state.requestContext)
      const approved = sealedIn(state)
      const outcome = await tool.execute(input, { ...state.context, client: caller, approved })
      return suspendIfPending(outcome, caller, state)
    },
  })
  if (requiresApproval && translated.execute) asking.add(translated.execute)
  return translated as AuthSecTool<Input>
}

/** Whether this is a tool of this package, or a copy of one, whose `execute` enforces an approval. */
export function enforcesApproval(tool: unknown): boolean {
  if (typeof tool !== 'object' || tool === null || !('execute' in tool)) return false
  return typeof tool.execute === 'function' && asking.has(tool.execute)
}
