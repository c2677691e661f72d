import type { AuthSecClient } from '@authsec/core'
import {
  checkOptions,
  namedUser,
  operationChecks,
  optionalFunction,
  optionalText,
  secureFetchToolChecks,
} from '@authsec/core/adapter'
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
import { runOf } from './run-of.ts'
import { visibleOutcome } from './visible-outcome.ts'

/** The options of a tool call on which all supported versions of the AI SDK agree. */
export interface ToolCallOptions {
  readonly toolCallId: string
  readonly abortSignal?: AbortSignal | undefined
  /** What the program gave the run: `context` in AI SDK 7, `experimental_context` before. */
  readonly context?: unknown
  readonly experimental_context?: unknown
  /** The messages of the run, by which its calls are told from those of others. */
  readonly messages?: readonly unknown[] | undefined
}

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

/** Names the user the agent works for, from the `context` (AI SDK 5 and 6: `experimental_context`) of the run. */
type UserOf = (context: unknown) => string | undefined

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
export type Operation<Shape extends z.ZodRawShape> = Omit<OperationOptions<Shape>, 'name'> &
  CallOptions & { name?: string | undefined }

/**
 * Marks an `execute` that enforces an approval: a copy of the tool keeps the mark, and a tool that was given
 * another `execute` does not. Registered, for two copies of this package; not enumerable, so that telemetry
 * does not record it.
 */
const ASKS = Symbol.for('authsec.ai-sdk.asks-approval')

/** Marks an `execute` with the framework-neutral tool behind it, for `createApprovals`. */
const TOOL = Symbol.for('authsec.ai-sdk.tool')

/**
 * Lets a model read any endpoint of one configured API. Prefer `operationTool`, where the model
 * fills in parameters instead of paths. Without a client, the tool uses the one that the process
 * shares, made from the environment at the first call. Throws `ConfigError` for an unusable option.
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
  client?: AuthSecClient,
  options: SecureFetchOptions = {},
): AuthSecTool<SecureFetchInput> {
  const { user, ...rest } = checked(options, secureFetchToolChecks, 'the tool options')
  return translate(defineSecureFetch(client, rest), user)
}

/**
 * Creates a tool of one declared call: the model fills in its typed parameters and nothing else. Throws
 * `ConfigError` for an unusable option, and for an operation that can never work.
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
export function operationTool<Shape extends z.ZodRawShape>(
  client: AuthSecClient | undefined,
  operation: Operation<Shape>,
): AuthSecTool<z.infer<z.ZodObject<Shape>>> {
  const { user, ...rest } = checked(
    operation,
    { ...operationChecks, name: optionalText },
    'the operation',
  )
  return translate(defineOperation(client, { ...rest, name: rest.name ?? rest.path }), user)
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

function translate<Input>(tool: AgentTool<Input>, user: UserOf | undefined): AuthSecTool<Input> {
  const { description, inputSchema, outputSchema, requiresApproval } = tool
  const execute: AuthSecTool<Input>['execute'] = (input, options) => {
    const { abortSignal: signal, messages, toolCallId } = options ?? {}
    const context = { run: runOf(messages), toolCallId, user: userIn(options, user) }
    if (!requiresApproval) return tool.execute(input, { ...context, signal })
    return visibleOutcome((watched) => tool.execute(input, { ...context, ...watched }), signal)
  }
  Object.defineProperties(execute, { [ASKS]: { value: requiresApproval }, [TOOL]: { value: tool } })
  return Object.freeze({ description, inputSchema, outputSchema, execute })
}

/** Whom the agent works for in this call. */
function userIn(
  options: ToolCallOptions | undefined,
  userOf: UserOf | undefined,
): string | undefined {
  return namedUser(userOf?.(options?.context ?? options?.experimental_context))
}

/** Whether this is a tool of this package, or a copy of one, whose `execute` enforces an approval. */
export function enforcesApproval(tool: unknown): boolean {
  return markOf(tool, ASKS) === true
}

/** Marks the `execute` of a tool that `createApprovals` guards. */
export function markAsEnforcing(execute: object): void {
  Object.defineProperty(execute, ASKS, { value: true })
}

/** The framework-neutral tool behind a tool of this package, or behind a copy of one. */
export function agentToolOf(tool: unknown): AgentTool | undefined {
  return markOf(tool, TOOL) as AgentTool | undefined
}

function markOf(tool: unknown, mark: symbol): unknown {
  if (typeof tool !== 'object' || tool === null || !('execute' in tool)) return undefined
  const { execute } = tool
  return typeof execute === 'function' ? Reflect.get(execute, mark) : undefined
}
