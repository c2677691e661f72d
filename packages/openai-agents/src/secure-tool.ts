import type { AuthSecClient } from '@authsec/core'
import {
  checkOptions,
  operationChecks,
  outcomeText,
  secureFetchToolChecks,
} from '@authsec/core/adapter'
import {
  type AgentTool,
  defineOperation,
  defineSecureFetch,
  type OperationOptions,
  type OperationParams,
  type SecureFetchToolOptions,
} from '@authsec/core/tool'
import type { FunctionTool, RunContext } from '@openai/agents-core'
import { argumentsOf } from './arguments.ts'
import {
  type CallOptions,
  type ClientOf,
  callChecks,
  contextOf,
  knownClient,
  type Parties,
} from './call-options.ts'
import { collectedFor } from './collected-approvals.ts'
import { type MaySuspend, suspensionPolicy } from './suspension-policy.ts'
import { markInvoke } from './tool-marks.ts'

/** What the SDK says about a call, as far as it is read. */
export interface ToolCallDetails {
  readonly toolCall?: { readonly callId: string } | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * A function tool of the OpenAI Agents SDK, as a plain object: a copy `{ ...tool, isEnabled }` is one too. Its
 * parameters are JSON Schema and not strict, because the call checks its arguments itself, and tells the model why they
 * do not fit.
 */
export interface AuthSecTool<Context = unknown> {
  readonly type: 'function'
  readonly name: string
  readonly description: string
  readonly parameters: FunctionTool['parameters']
  readonly strict: false
  /**
   * Resolves to the outcome as JSON, which the model reads. Throws aborts, `ConfigError`s and programming errors only: they
   * end the run, because the SDK's texts for the model (`errorFunction`) are not used.
   */
  readonly invoke: (
    runContext: RunContext<Context>,
    input: string,
    details?: ToolCallDetails,
  ) => Promise<string>
  /** Whether a rule with `wait: 'suspend'` applies to the call. The SDK then pauses the run: see `settleApprovals`. */
  readonly needsApproval: (
    runContext: RunContext<unknown>,
    input: unknown,
    callId?: string,
  ) => Promise<boolean>
  readonly isEnabled: () => Promise<boolean>
}

export interface SecureFetchOptions<Context = unknown>
  extends SecureFetchToolOptions,
    CallOptions<Context> {}

export interface Operation<Params extends OperationParams, Context = unknown>
  extends OperationOptions<Params>,
    CallOptions<Context> {}

/**
 * Lets a model read any endpoint of one configured API. Prefer `operationTool`, where the model
 * fills in parameters instead of paths. Without a client, the tool uses the one that the process
 * shares, made from the environment at the first call. Throws `ConfigError` for an unusable option.
 *
 * @param client - The agent that acts, or a function that names it in each call.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { secureFetchTool } from '@authsec/openai-agents'
 *
 * const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
 * export const tools = [secureFetchTool(client, { permission: 'metrics:read' })]
 * ```
 */
export function secureFetchTool<Context = unknown>(
  client?: AuthSecClient | ClientOf<Context>,
  options: SecureFetchOptions<Context> = {},
): AuthSecTool<Context> {
  const checks = { ...secureFetchToolChecks, ...callChecks }
  checkOptions<SecureFetchOptions<Context>>(options, 'the tool options', checks)
  const { user, thread, ...rest } = options
  return translate(defineSecureFetch(knownClient(client), rest), { client, user, thread }, rest)
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
 * import { operationTool } from '@authsec/openai-agents'
 * import { z } from 'zod'
 *
 * export const tool = operationTool(createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' }), {
 *   name: 'get_record',
 *   description: 'One record of the vault.',
 *   path: 'records/{id}',
 *   params: z.object({ id: z.string() }),
 *   permission: 'records:read',
 * })
 * ```
 */
export function operationTool<Params extends OperationParams, Context = unknown>(
  client: AuthSecClient | ClientOf<Context> | undefined,
  operation: Operation<Params, Context>,
): AuthSecTool<Context> {
  const checks = { ...operationChecks, ...callChecks }
  checkOptions<Operation<OperationParams, Context>>(operation, 'the operation', checks)
  const { user, thread, ...options } = operation
  return translate(defineOperation(knownClient(client), options), { client, user, thread }, options)
}

function translate<Input, Context>(
  tool: AgentTool<Input>,
  parties: Parties<Context>,
  rule: MaySuspend,
): AuthSecTool<Context> {
  const { name, description, inputJsonSchema } = tool
  const acting = { tool, ...parties }
  const own = { ...acting, needsApproval: suspensionPolicy(acting, rule) }

  const invoke: AuthSecTool<Context>['invoke'] = async (runContext, input, details = {}) => {
    const { toolCall, signal } = details
    const toolCallId = toolCall?.callId
    const context = contextOf(own, runContext, { toolCallId, signal })
    const call = toolCallId === undefined ? undefined : { own, toolCallId, text: input }
    const approved = call && collectedFor(runContext, call)
    return outcomeText(await tool.execute(argumentsOf(input), { ...context, approved }))
  }

  markInvoke(invoke, own)
  return Object.freeze({
    type: 'function',
    name,
    description,
    parameters: inputJsonSchema as FunctionTool['parameters'],
    strict: false,
    invoke,
    needsApproval: own.needsApproval,
    isEnabled: async () => true,
  })
}
