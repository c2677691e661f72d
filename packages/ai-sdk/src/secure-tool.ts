import type { AuthSecClient } from '@authsec/core'
import {
  checkOptions,
  operationChecks,
  optionalFunction,
  optionalText,
  secureFetchToolChecks,
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
  type ToolOutcome,
} from '@authsec/core/tool'
import type { z } from 'zod'
import {
  type ClientOf,
  clientIn,
  contextIn,
  type ToolCallOptions,
  type UserOf,
  userIn,
} from './call-options.ts'
import { runOf } from './run-of.ts'
import { markExecute } from './tool-marks.ts'
import { visibleOutcome } from './visible-outcome.ts'

/**
 * A tool for the AI SDK, as a plain object: the same object runs under AI SDK 5, 6 and 7, and this
 * package imports none of them. Its name is its key in `tools: { … }`.
 */
export interface AuthSecTool<Input> {
  readonly description: string
  readonly inputSchema: z.ZodType<Input>
  readonly outputSchema: z.ZodType<ToolOutcome>
  /**
   * Resolves to the outcome, which the SDK shows to the model as JSON. Throws aborts, `ConfigError`s
   * and programming errors only. Of a tool that requires an approval, the promise can be iterated too: the SDK
   * then shows an outcome with `approval_pending` and `approval` as a preliminary result while a person decides.
   */
  readonly execute: (input: Input, options?: ToolCallOptions) => Promise<ToolOutcome>
}

/** What the program says about the calls of a tool. */
interface CallOptions {
  /**
   * Who the agent works for, decided by the program and never by the model. It is in events and the audit log, and an
   * approval is for this user alone; `createApprovals` names its own. Default: nobody in particular.
   */
  readonly user?: UserOf | undefined
}

/** Without `name`: the key in `tools: { … }` is the name. */
export interface SecureFetchOptions extends Omit<SecureFetchToolOptions, 'name'>, CallOptions {}

/** An operation. `name` is optional and appears in error messages only. */
export type Operation<Params extends OperationParams> = Omit<OperationOptions<Params>, 'name'> &
  CallOptions & { name?: string | undefined }

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
 * import { secureFetchTool } from '@authsec/ai-sdk'
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
  const { user, ...rest } = checked(options, secureFetchToolChecks, 'the tool options')
  return translate(defineSecureFetch(knownClient(client), rest), client, user)
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
 * import { operationTool } from '@authsec/ai-sdk'
 * import { z } from 'zod'
 *
 * export const get_record = operationTool(createAuthSecClientFromEnv(), {
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
  const { user, ...rest } = checked(
    operation,
    { ...operationChecks, name: optionalText },
    'the operation',
  )
  const options = { ...rest, name: rest.name ?? rest.path }
  return translate(defineOperation(knownClient(client), options), client, user)
}

/** The options of core and our own, of which one error lists all. */
function checked<Options extends CallOptions>(
  options: Options,
  checks: object,
  what: string,
): Options {
  checkOptions<object>(options, what, { ...checks, user: optionalFunction })
  return options
}

function translate<Input>(
  tool: AgentTool<Input>,
  client: AuthSecClient | ClientOf | undefined,
  user: UserOf | undefined,
): AuthSecTool<Input> {
  const { description, inputSchema, outputSchema, requiresApproval } = tool
  const execute: AuthSecTool<Input>['execute'] = (input, options) => {
    const { abortSignal: signal, messages, toolCallId } = options ?? {}
    const given = contextIn(options)
    const context = {
      run: runOf(messages),
      toolCallId,
      user: userIn(given, user),
      client: client && clientIn(given, client),
    }
    if (!requiresApproval) return tool.execute(input, { ...context, signal })
    return visibleOutcome((watched) => tool.execute(input, { ...context, ...watched }), signal)
  }
  markExecute(execute, tool, { client, user })
  return Object.freeze({ description, inputSchema, outputSchema, execute })
}

/** The client that is known when the tool is made. */
function knownClient(client: AuthSecClient | ClientOf | undefined): AuthSecClient | undefined {
  return typeof client === 'function' ? undefined : client
}
