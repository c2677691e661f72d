import { type AuthSecClient, ConfigError, type DelegationToken } from '@authsec/core'
import { assertClient, type GetTokenOptions } from '@authsec/core/adapter'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import type { Serialized } from '@langchain/core/load/serializable'
import type { RunnableConfig } from '@langchain/core/runnables'

/** A registered symbol: it identifies the handler across two copies of this package. */
const BRAND = Symbol.for('authsec.langchain.callback-handler')

/**
 * A callback handler for `callbacks` of a run. Before each tool it ensures a valid delegation token, and
 * stops the tool when there is none. The run's metadata receives subject, permissions, expiry and
 * fingerprint, never the token, because tracers store metadata. A custom tool gets the token from
 * `delegationTokenFrom(config)`. The handler also gives each run its own budget (option `budget` of the
 * client). The constructor throws `ConfigError` without a client.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { AuthSecCallbackHandler, secureFetchTool } from '@authsec/langchain'
 *
 * const client = createAuthSecClientFromEnv()
 * const callbacks = [new AuthSecCallbackHandler(client)]
 * console.log(await secureFetchTool().invoke({ endpoint: 'metrics' }, { callbacks }))
 * ```
 */
export class AuthSecCallbackHandler extends BaseCallbackHandler {
  override readonly name = 'AuthSecCallbackHandler'
  readonly [BRAND] = true
  readonly #client: AuthSecClient
  /** The outermost run that each open run belongs to: what one budget is for. */
  readonly #rootRuns = new Map<string, RootRun>()
  /** Forgets runs that never end, such as a stream that is left early: their metadata dies with them. */
  readonly #abandoned = new FinalizationRegistry<OpenRun>(({ runId, root }) => {
    // The ID may belong to another run by now.
    if (this.#rootRuns.get(runId) === root) this.#rootRuns.delete(runId)
  })

  constructor(client: AuthSecClient) {
    // Awaited and raising: in the background, the tool would run before its token was checked.
    super({ _awaitHandler: true, raiseError: true })
    assertClient(client, 'The client of AuthSecCallbackHandler')
    this.#client = client
  }

  get client(): AuthSecClient {
    return this.#client
  }

  getDelegationToken(options?: GetTokenOptions): Promise<DelegationToken> {
    return this.#client.getDelegationToken(options)
  }

  /** The agent run that a tool run is part of. */
  rootRunOf(runId: string | undefined): string | undefined {
    return runId === undefined ? undefined : this.#rootRuns.get(runId)?.id
  }

  #open(runId: string, parentRunId: string | undefined, metadata: object | undefined): void {
    const id = parentRunId === undefined ? runId : (this.rootRunOf(parentRunId) ?? parentRunId)
    const root = { id }
    this.#rootRuns.set(runId, root)
    if (metadata) this.#abandoned.register(metadata, { runId, root })
  }

  override handleChainStart(...run: Parameters<ChainStart>): void {
    this.#open(run[2], run[3], run[5])
  }

  override handleChainEnd(_outputs: unknown, runId: string): void {
    this.#rootRuns.delete(runId)
  }

  override handleChainError(_error: unknown, runId: string): void {
    this.#rootRuns.delete(runId)
  }

  override handleToolEnd(_output: unknown, runId: string): void {
    this.#rootRuns.delete(runId)
  }

  override handleToolError(_error: unknown, runId: string): void {
    this.#rootRuns.delete(runId)
  }

  override async handleToolStart(
    _tool: Serialized,
    _input: string,
    runId: string,
    parentRunId?: string,
    _tags?: string[],
    metadata?: Record<string, unknown>,
  ): Promise<void> {
    this.#open(runId, parentRunId, metadata)
    const token = await this.#client.getDelegationToken().catch((error: unknown) => {
      // LangChain tells nobody about the end of a tool that did not start.
      this.#rootRuns.delete(runId)
      throw error
    })
    if (!metadata) return
    Object.assign(metadata, {
      authsec_mode: this.#client.mode,
      authsec_subject: token.redactedSubject,
      authsec_permissions: [...token.permissions],
      authsec_expires_at: token.expiresAt.toISOString(),
      authsec_token: token.fingerprint,
    })
  }

  /** The same handler for child runs: the base class would build a new one without the client. */
  override copy(): BaseCallbackHandler {
    return this
  }
}

interface RootRun {
  readonly id: string
}

interface OpenRun {
  readonly runId: string
  readonly root: RootRun
}

type ChainStart = NonNullable<BaseCallbackHandler['handleChainStart']>

type Callbacks = RunnableConfig['callbacks']

/**
 * Finds the handler among a run's callbacks, for a tool without a client.
 *
 * @example
 * ```ts
 * import { findCallbackHandler } from '@authsec/langchain'
 * import { tool } from '@langchain/core/tools'
 * import { z } from 'zod'
 *
 * export const mode = tool(
 *   (_input, config) => findCallbackHandler(config.callbacks)?.client.mode ?? 'none',
 *   { name: 'mode', description: 'The mode of AuthSec.', schema: z.object({}) },
 * )
 * ```
 */
export function findCallbackHandler(callbacks: Callbacks): AuthSecCallbackHandler | undefined {
  const handlers: readonly unknown[] = Array.isArray(callbacks)
    ? callbacks
    : (callbacks?.handlers ?? [])
  return handlers.find(isCallbackHandler)
}

function isCallbackHandler(value: unknown): value is AuthSecCallbackHandler {
  return typeof value === 'object' && value !== null && BRAND in value
}

/**
 * The delegation token for a custom tool, from the handler in its config. Keep it inside the tool:
 * arguments, results, metadata and state are stored and traced. Throws `ConfigError` when the run has no
 * `AuthSecCallbackHandler`, and `DelegationError` when there is no token.
 *
 * @example
 * ```ts
 * import { delegationTokenFrom } from '@authsec/langchain'
 * import { tool } from '@langchain/core/tools'
 * import { z } from 'zod'
 *
 * export const whoami = tool(
 *   async (_input, config) => (await delegationTokenFrom(config)).redactedSubject,
 *   { name: 'whoami', description: 'The identity of the agent.', schema: z.object({}) },
 * )
 * ```
 */
export async function delegationTokenFrom(
  config: Pick<RunnableConfig, 'callbacks' | 'signal'> | undefined,
): Promise<DelegationToken> {
  const handler = findCallbackHandler(config?.callbacks)
  if (!handler) {
    throw new ConfigError({
      code: 'config_missing',
      message: 'This run has no AuthSecCallbackHandler.',
      hint: 'Pass { callbacks: [new AuthSecCallbackHandler(client)] } when you invoke the agent or tool.',
    })
  }
  return handler.getDelegationToken({ signal: config?.signal })
}
