import { type AuthSecClient, ConfigError, type DelegationToken } from '@authsec/core'
import { assertClient, type GetTokenOptions } from '@authsec/core/adapter'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import type { Serialized } from '@langchain/core/load/serializable'
import type { RunnableConfig } from '@langchain/core/runnables'

/** A registered symbol: the handler is recognised across two copies of this package. */
const BRAND = Symbol.for('authsec.langchain.callback-handler')

/**
 * Put it into `callbacks` of a run: before each tool it makes sure that there is a valid delegation
 * token, and stops the tool when there is none. The run's metadata tells subject, permissions,
 * expiry and fingerprint; the token itself is never in metadata, which tracers store. A tool that
 * needs it asks with `delegationTokenFrom(config)`. It also tells the runs apart, so that each has a
 * budget of calls of its own (option `budget` of the client).
 */
export class AuthSecCallbackHandler extends BaseCallbackHandler {
  override readonly name = 'AuthSecCallbackHandler'
  readonly [BRAND] = true
  readonly #client: AuthSecClient
  /** The outermost run that each open run belongs to: what one budget is for. */
  readonly #rootRuns = new Map<string, string>()

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
    return runId === undefined ? undefined : this.#rootRuns.get(runId)
  }

  #open(runId: string, parentRunId: string | undefined): void {
    const root =
      parentRunId === undefined ? runId : (this.#rootRuns.get(parentRunId) ?? parentRunId)
    this.#rootRuns.set(runId, root)
  }

  override handleChainStart(...run: Parameters<ChainStart>): void {
    this.#open(run[2], run[3])
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
    this.#open(runId, parentRunId)
    const token = await this.#client.getDelegationToken()
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

type ChainStart = NonNullable<BaseCallbackHandler['handleChainStart']>

type Callbacks = RunnableConfig['callbacks']

/** The handler among a run's callbacks, for a tool that has no client of its own. */
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
 * The delegation token for a tool of your own, from the handler in its config. Keep it inside the
 * tool: what goes into arguments, results, metadata or state is stored and traced. Throws an `Error`
 * when the run has no `AuthSecCallbackHandler`.
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
