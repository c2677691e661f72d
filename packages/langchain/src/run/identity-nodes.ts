import type { AuthSecClient, SecureFetchRequest, SecureFetchResponse } from '@authsec/core'
import { assertClient } from '@authsec/core/adapter'
import { signalOf } from './agent-run.ts'
import { runOf } from './run-of.ts'

/** Who the agent is, without anything that opens an API: it may be stored and shown. */
export interface AgentIdentity {
  readonly mode: AuthSecClient['mode']
  /** The SPIFFE ID, redacted. */
  readonly subject: string
  readonly permissions: readonly string[]
  /** RFC 3339. */
  readonly expiresAt: string
  /** Tells tokens apart, and opens nothing. */
  readonly fingerprint: string
}

/** What a node gets from `withAuthSec`. */
export interface AuthSecNodeContext {
  readonly client: AuthSecClient
  readonly identity: AgentIdentity
  /** `secureFetch` of the client, with the signal and the budget of the run. */
  readonly secureFetch: (request: SecureFetchRequest) => Promise<SecureFetchResponse>
}

/**
 * The agent's identity, with a valid delegation token behind it. The token stays in the client. Throws
 * `DelegationError` when there is none, and the signal's reason.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { agentIdentity } from '@authsec/langchain/langgraph'
 *
 * console.log((await agentIdentity(createAuthSecClientFromEnv())).permissions)
 * ```
 */
export async function agentIdentity(
  client: AuthSecClient,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<AgentIdentity> {
  assertClient(client, 'The client of agentIdentity')
  const token = await client.getDelegationToken({ signal: options.signal })
  return Object.freeze({
    mode: client.mode,
    subject: token.redactedSubject,
    permissions: [...token.permissions],
    expiresAt: token.expiresAt.toISOString(),
    fingerprint: token.fingerprint,
  })
}

/**
 * A node that puts the agent's identity into the state field `field`, for the steps after it that only look. It
 * ends the run with `DelegationError` when the agent has no valid token. Nodes that call an API need
 * `withAuthSec`, because the state never holds the token: checkpoints, traces and streams show it.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { type AgentIdentity, authsecNode } from '@authsec/langchain/langgraph'
 * import { Annotation, START, StateGraph } from '@langchain/langgraph'
 *
 * const State = Annotation.Root({ identity: Annotation<AgentIdentity>() })
 * export const graph = new StateGraph(State)
 *   .addNode('auth', authsecNode(createAuthSecClientFromEnv(), 'identity'))
 *   .addEdge(START, 'auth')
 *   .compile()
 * ```
 */
export function authsecNode<Field extends string>(
  client: AuthSecClient,
  field: Field,
): (state: unknown, config?: object) => Promise<Record<Field, AgentIdentity>> {
  assertClient(client, 'The client of authsecNode')
  return async (_state, config) => {
    const identity = await agentIdentity(client, { signal: signalOf(config) })
    return { [field]: identity } as Record<Field, AgentIdentity>
  }
}

/**
 * Gives a node the agent's identity as its third argument: the client, `secureFetch` within the run, and who the
 * agent is. The node does not run when the agent has no valid token (`DelegationError`). State and configuration
 * stay as they are, without a token.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { withAuthSec } from '@authsec/langchain/langgraph'
 * import { Annotation, START, StateGraph } from '@langchain/langgraph'
 *
 * const State = Annotation.Root({ id: Annotation<string>(), record: Annotation<unknown>() })
 * const load = withAuthSec(
 *   createAuthSecClientFromEnv(),
 *   async (state: typeof State.State, _config, { secureFetch }) => {
 *     return { record: (await secureFetch({ endpoint: `records/${state.id}` })).data }
 *   },
 * )
 * export const graph = new StateGraph(State).addNode('load', load).addEdge(START, 'load').compile()
 * ```
 */
export function withAuthSec<State, Config extends object, Update>(
  client: AuthSecClient,
  node: (state: State, config: Config, authsec: AuthSecNodeContext) => Update | Promise<Update>,
): (state: State, config: Config) => Promise<Update> {
  assertClient(client, 'The client of withAuthSec')
  return async (state, config) => {
    const signal = signalOf(config)
    const identity = await agentIdentity(client, { signal })
    const run = runOf({ ...config, state })
    const authsec: AuthSecNodeContext = Object.freeze({
      client,
      identity,
      secureFetch: (request: SecureFetchRequest) =>
        client.secureFetch({ ...request, signal: request.signal ?? signal }, { run }),
    })
    return await node(state, config, authsec)
  }
}
