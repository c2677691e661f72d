import type { AuthSecClient } from '@authsec/core'
import {
  assertClient,
  namedClient,
  namedUser,
  optionalFunction,
  runIdOf,
  type ToolContext,
} from '@authsec/core/adapter'
import type { RunContext } from '@openai/agents-core'
import { markOf, ownThread } from './run-names.ts'

/** The checks of these options. */
export const callChecks = { user: optionalFunction, thread: optionalFunction }

/**
 * Names the user the agent works for, from the SDK's `RunContext`: a name, never a token, because the SDK stores the
 * context with a run that is paused.
 */
export type UserOf<Context = unknown> = (runContext: RunContext<Context>) => string | undefined

/**
 * Names the agent that acts in a call, from the SDK's `RunContext`, for a process that acts for many. A call for which it
 * returns no client is a `ConfigError`, and nothing is done: there is no other client to fall back to. The model's
 * arguments are not in the context.
 */
export type ClientOf<Context = unknown> = (
  runContext: RunContext<Context>,
) => AuthSecClient | undefined

/** What the program says about the calls of a tool. */
export interface CallOptions<Context = unknown> {
  /**
   * Who the agent works for, decided by the program and never by the model. It is in events and the audit log, and an
   * approval is for this user alone. Default: nobody in particular.
   */
  readonly user?: UserOf<Context> | undefined
  /**
   * The conversation. In it the same call finds its open question, and nobody is asked twice, also when a run was lost and
   * the model calls again: name the `user`, too, so that no other user finds it. Default: the ID of the tool call in this
   * run, with which a paused run is carried on. Runs that share one `RunContext` are one run here, so that IDs must not repeat.
   */
  readonly thread?: UserOf<Context> | undefined
}

/** Who acts, and for whom, in the calls of a tool. */
export interface Parties<Context> extends CallOptions<Context> {
  readonly client: AuthSecClient | ClientOf<Context> | undefined
}

/** The SDK's part of a call. */
interface OneCall {
  readonly toolCallId: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What core is told of a call. */
export function contextOf<Context>(
  { client, user, thread }: Parties<Context>,
  runContext: RunContext<Context>,
  { toolCallId, signal }: OneCall,
): ToolContext {
  return {
    client: client && clientIn(runContext, client),
    user: userIn(runContext, user),
    run: runOf(runContext),
    thread: thread?.(runContext) ?? ownThread(runContext, toolCallId),
    toolCallId,
    signal,
  }
}

function runOf(runContext: RunContext<unknown>): string {
  return runIdOf(markOf(runContext))
}

/** The agent that acts in a call. Throws `ConfigError` when the program names none. */
export function clientIn<Context>(
  runContext: RunContext<Context>,
  client: AuthSecClient | ClientOf<Context>,
  owner?: string,
): AuthSecClient {
  return typeof client === 'function' ? namedClient(client, runContext, owner) : client
}

/** Whom the agent works for in a call. */
function userIn<Context>(
  runContext: RunContext<Context>,
  userOf: UserOf<Context> | undefined,
): string | undefined {
  return namedUser(userOf?.(runContext))
}

/** The client that is known when a tool is made. */
export function knownClient<Context>(
  client: AuthSecClient | ClientOf<Context> | undefined,
): AuthSecClient | undefined {
  return typeof client === 'function' ? undefined : client
}

/** Throws `ConfigError` for what is neither a client nor a function. */
export function assertClientOrFunction(client: unknown, field: string): void {
  if (typeof client !== 'function') assertClient(client, field)
}
