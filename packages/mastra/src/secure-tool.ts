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

/** Recognises the tools that ask a person by themselves; neither printed nor stored. */
const asking = new WeakSet<object>()

/**
 * Lets a model read any endpoint of one configured API. Prefer `operationTool`, where the model
 * fills in parameters instead of paths. Without a client, the request's is used (see
 * `AUTHSEC_CLIENT_KEY`), or else one is made from the environment at the first call.
 */
export function secureFetchTool(
  client?: AuthSecClient,
  options: SecureFetchToolOptions = {},
): AuthSecTool<SecureFetchInput> {
  return translate(defineSecureFetch(client, options))
}

/**
 * One declared call as a tool: the model fills in its typed parameters and nothing else. Throws
 * `ConfigError` when path template and parameters do not fit.
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
    execute: (input, { abortSignal, requestContext, workflow }) =>
      tool.execute(input, {
        signal: abortSignal,
        client: requestClient(requestContext),
        run: workflow?.runId,
      }),
  })
  if (requiresApproval) asking.add(translated)
  return translated
}

/** Whether this is one of our tools whose `execute` has a person asked. */
export function enforcesApproval(tool: unknown): boolean {
  return typeof tool === 'object' && tool !== null && asking.has(tool)
}
