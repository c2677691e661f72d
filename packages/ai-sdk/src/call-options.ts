import type { AuthSecClient } from '@authsec/core'
import { assertClient, namedClient, namedUser } from '@authsec/core/adapter'

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

/** Names the user the agent works for, from the `context` (AI SDK 5 and 6: `experimental_context`) of the run. */
export type UserOf = (context: unknown) => string | undefined

/**
 * Names the agent that acts in a call, from the `context` (AI SDK 5 and 6: `experimental_context`) of the run, for a
 * process that acts for many. A call for which it returns no client is a `ConfigError`, and nothing is done: there is no
 * other client to fall back to. The model's arguments are not in the context.
 */
export type ClientOf = (context: unknown) => AuthSecClient | undefined

/** What the program gave the run. */
export function contextIn(options: Partial<ToolCallOptions> | undefined): unknown {
  return options?.context ?? options?.experimental_context
}

/** Whom the agent works for in a call. */
export function userIn(context: unknown, userOf: UserOf | undefined): string | undefined {
  return namedUser(userOf?.(context))
}

/** The agent that acts in a call. Throws `ConfigError` when the program names none. */
export function clientIn(
  context: unknown,
  client: AuthSecClient | ClientOf,
  owner?: string,
): AuthSecClient {
  return typeof client === 'function' ? namedClient(client, context, owner) : client
}

/** Throws `ConfigError` for what is neither a client nor a function. */
export function assertClientOrFunction(
  client: unknown,
  field: string,
): asserts client is AuthSecClient | ClientOf {
  if (typeof client !== 'function') assertClient(client, field)
}
