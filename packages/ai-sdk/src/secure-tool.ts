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
import type { z } from 'zod'

/** What the AI SDK tells a tool about its call; the versions agree on these two. */
export interface ToolCallOptions {
  readonly toolCallId: string
  readonly abortSignal?: AbortSignal | undefined
}

/**
 * A tool in the AI SDK's dialect, as a plain object: the same one runs under AI SDK 5, 6 and 7, and
 * this package does not import any of them. Its name is its key in `tools: { … }`.
 */
export interface AuthSecTool<Input> {
  readonly description: string
  readonly inputSchema: z.ZodType<Input>
  readonly outputSchema: z.ZodType<ToolOutcome>
  /**
   * Resolves to the outcome, which the SDK shows to the model as JSON. Throws aborts, `ConfigError`s
   * and programming errors only.
   */
  readonly execute: (input: Input, options: ToolCallOptions) => Promise<ToolOutcome>
}

/** `name` has no place here: the key in `tools: { … }` is the name. */
export type SecureFetchOptions = Omit<SecureFetchToolOptions, 'name'>

/** An operation; its `name` is optional here and used in error messages only. */
export type Operation<Shape extends z.ZodRawShape> = Omit<OperationOptions<Shape>, 'name'> & {
  name?: string | undefined
}

/** Registered: recognised across two copies of this package. Not enumerable: telemetry does not see it. */
const ASKS = Symbol.for('authsec.ai-sdk.asks-approval')

/**
 * Lets a model read any endpoint of one configured API. Prefer `operationTool`, where the model
 * fills in parameters instead of paths. Without a client, one is made from the environment at the
 * first call.
 */
export function secureFetchTool(
  client?: AuthSecClient,
  options: SecureFetchOptions = {},
): AuthSecTool<SecureFetchInput> {
  return translate(defineSecureFetch(client, options))
}

/**
 * One declared call as a tool: the model fills in its typed parameters and nothing else. Throws
 * `ConfigError` when path template and parameters do not fit.
 */
export function operationTool<Shape extends z.ZodRawShape>(
  client: AuthSecClient | undefined,
  operation: Operation<Shape>,
): AuthSecTool<z.infer<z.ZodObject<Shape>>> {
  return translate(
    defineOperation(client, { ...operation, name: operation?.name ?? operation?.path }),
  )
}

function translate<Input>(tool: AgentTool<Input>): AuthSecTool<Input> {
  const { description, inputSchema, outputSchema, requiresApproval } = tool
  const translated: AuthSecTool<Input> = {
    description,
    inputSchema,
    outputSchema,
    execute: (input, { abortSignal }) => tool.execute(input, { signal: abortSignal }),
  }
  return Object.freeze(Object.defineProperty(translated, ASKS, { value: requiresApproval }))
}

/** Whether this is one of our tools whose `execute` has a person asked. */
export function enforcesApproval(tool: unknown): boolean {
  return typeof tool === 'object' && tool !== null && ASKS in tool && tool[ASKS] === true
}
