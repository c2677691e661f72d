import type { AuthSecClient } from '@authsec/core'
import {
  type AgentTool,
  defineOperation,
  defineSecureFetch,
  type OperationOptions,
  type SecureFetchInput,
  type SecureFetchToolOptions,
  type ToolOutcome,
} from '@authsec/core/tool'
import { createTool, type Tool } from '@mastra/core/tools'
import type { z } from 'zod'
import { requestClient } from './request-client.ts'

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
  client?: AuthSecClient,
  options: SecureFetchToolOptions = {},
): AuthSecTool<SecureFetchInput> {
  return translate(defineSecureFetch(client, options))
}

/**
 * Creates a tool of one declared call: the model fills in its typed parameters and nothing else. Throws
 * `ConfigError` for an unusable option, and for an operation that can never work.
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
export function operationTool<Shape extends z.ZodRawShape>(
  client: AuthSecClient | undefined,
  operation: OperationOptions<Shape>,
): AuthSecTool<z.infer<z.ZodObject<Shape>>> {
  return translate(defineOperation(client, operation))
}

function translate<Input>(tool: AgentTool<Input>): AuthSecTool<Input> {
  const { name, description, inputSchema, outputSchema, requiresApproval } = tool
  const translated = createTool({
    id: name,
    description,
    inputSchema,
    outputSchema,
    execute: (input, context) =>
      tool.execute(input, {
        signal: context.abortSignal,
        client: requestClient(context.requestContext),
        run: runOf(context),
      }),
  })
  if (requiresApproval && translated.execute) asking.add(translated.execute)
  return translated
}

/** The run of a workflow, or of an agent: Mastra passes the agent's `runId` without a type. */
function runOf(context: { readonly workflow?: { readonly runId: string } }): string | undefined {
  const run: unknown = context.workflow?.runId ?? Reflect.get(context, 'runId')
  return typeof run === 'string' ? run : undefined
}

/** Whether this is a tool of this package, or a copy of one, whose `execute` enforces an approval. */
export function enforcesApproval(tool: unknown): boolean {
  if (typeof tool !== 'object' || tool === null || !('execute' in tool)) return false
  return typeof tool.execute === 'function' && asking.has(tool.execute)
}
