import type { AuthSecClient } from '@authsec/core'
import { outcomeText } from '@authsec/core/adapter'
import {
  type AgentTool,
  defineOperation,
  defineSecureFetch,
  type OperationOptions,
  type SecureFetchToolOptions,
} from '@authsec/core/tool'
import type { z } from 'zod'
import {
  type AuthSecToolOptions,
  assertOperationOptions,
  assertSecureFetchOptions,
} from './tool-option-checks.ts'

export type { AuthSecToolOptions } from './tool-option-checks.ts'

/** A tool as LlamaIndex's agents and models take it; has the shape of its `FunctionTool`. */
export interface LlamaIndexTool {
  readonly metadata: {
    name: string
    description: string
    parameters: Record<string, unknown>
  }
  /** The outcome as JSON, for the model. Throws aborts and `ConfigError`s only. */
  readonly call: (input: unknown) => Promise<string>
}

/**
 * Lets a model read any endpoint of one configured API. Prefer `operationTool`, where the model
 * fills in parameters instead of paths. Without a client, one is made from the environment at the
 * first call.
 */
export function secureFetchTool(
  client?: AuthSecClient,
  options: SecureFetchToolOptions & AuthSecToolOptions = {},
): LlamaIndexTool {
  assertSecureFetchOptions(client, options)
  const { signal, ...toolOptions } = options
  return translate(defineSecureFetch(client, toolOptions), signal)
}

/** One declared call as a tool: the model fills in its typed parameters and nothing else. */
export function operationTool<Shape extends z.ZodRawShape>(
  client: AuthSecClient | undefined,
  options: OperationOptions<Shape> & AuthSecToolOptions,
): LlamaIndexTool {
  assertOperationOptions(client, options)
  const { signal, ...operation } = options
  return translate(defineOperation(client, operation), signal)
}

/**
 * LlamaIndex's own `tool()` is not used: it prints arguments that do not fit the schema, and passes
 * them on. Here `execute` checks the arguments, and its outcome tells the model what was wrong.
 */
function translate<Input>(tool: AgentTool<Input>, signal: AbortSignal | undefined): LlamaIndexTool {
  const { name, description, inputJsonSchema } = tool
  return Object.freeze({
    metadata: { name, description, parameters: inputJsonSchema },
    call: async (input: unknown) => outcomeText(await tool.execute(input, { signal })),
  })
}
