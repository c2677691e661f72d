import { createPingHandler } from '../approval/approval-ping.ts'
import { type CallApprovals, createCallApprovals } from '../approval/call-approval.ts'
import {
  createServerRecord,
  type ServerRecord,
  serverRecordOf,
} from '../approvers/server-record.ts'
import type { CallParts } from '../call/guarded-call.ts'
import { createSecureFetch, type SecureFetch } from '../call/secure-fetch.ts'
import { createStandardFetch, type StandardFetch } from '../call/standard-fetch.ts'
import { createCloudExchange, type ExchangeCloudCredentials } from '../cloud/cloud-credentials.ts'
import type { ClientConfig } from '../config/config.ts'
import { createEmitter, type Emit, type Mode, type OnEvent } from '../events.ts'
import type { Transport } from '../http/transport.ts'
import type { Instrumentation } from '../instrumentation.ts'
import { type AuthSecServer, createAuthSecServer } from '../limiter/authsec-server.ts'
import type { Limiter } from '../limiter/limiter.ts'
import { limiterOf, nameLimit, unlimited } from '../limiter/limiters.ts'
import { checkOptions } from '../options/option-checks.ts'
import { optionalBoolean, optionalObject, optionalSignal } from '../options/option-values.ts'
import { Budgets } from '../policy/budgets.ts'
import { createSharedTokens } from '../sharing/shared-tokens.ts'
import { isMemoryStore } from '../store/memory-store.ts'
import type { Clock } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { hideGetters } from '../support/hide-getters.ts'
import { createDelegationApi } from '../token/delegation-api.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { TokenCell } from '../token/token-cell.ts'
import { type Means, openTokenSource, type TokenSource } from '../token/token-cells.ts'
import { tokenConfigOf } from '../token/token-config.ts'
import type { GetTokenOptions } from '../token/token-request.ts'

/** What a client is assembled from, beside its configuration. The clients of a pool have the same. */
export interface Foundation {
  readonly mode: Mode
  readonly transport: Transport
  readonly onEvent: OnEvent | undefined
  /** The objects that were given: clients with the same ones share the token of their agent. */
  readonly means: Means
  /** Whether the clients of a pool have it: their configurations live as long as the pool. */
  readonly isPooled: boolean
  /** Where the clients of an agent share its budget. Asked for each call: it may be another one after a long rest. */
  readonly budgetsOf?: ((config: ClientConfig) => Budgets) | undefined
}

/**
 * What a client works with. Each part but the token is made at its first use: a server may have a client for
 * each of many thousands of agents, and most of them never ask a person or a cloud. Private fields cannot be listed or copied.
 */
export class ClientParts implements CallParts {
  readonly #foundation: Foundation
  readonly #config: ClientConfig
  readonly #tokens: TokenSource
  readonly #server: AuthSecServer
  /** Takes back what it named as the limit of the process. */
  readonly #leave: (() => void) | undefined
  readonly #emit: Emit
  readonly client: string
  isClosed = false
  #budgets: Budgets | undefined
  #approvals: CallApprovals | undefined
  #calls: SecureFetch | undefined
  #fetch: StandardFetch | undefined
  #ping: ((request: Request) => Promise<Response>) | undefined
  #exchange: ExchangeCloudCredentials | undefined
  #getToken: ((options?: GetTokenOptions) => Promise<DelegationToken>) | undefined
  #close: (() => Promise<void>) | undefined

  constructor(foundation: Foundation, config: ClientConfig) {
    const { mode, onEvent, means, isPooled } = foundation
    this.#foundation = foundation
    this.#config = config
    this.client = fingerprint('cid', config.clientId)
    this.#emit = createEmitter(onEvent, { client: this.client, now: config.clock.now })
    const { server, limiter } = serverOf(foundation, config, this.client)
    this.#server = server
    this.#tokens = openTokenSource(
      { config, means, mode },
      () => tokenCell(foundation, config, server),
      this,
    )
    // A pool names its limit once. The way to the server lives as long as any client of the agent; this, as this one.
    if (!isPooled)
      this.#leave = nameLimit(limiter, config.rateLimit.requestsPerMinute, this.#tokens)
  }

  get mode(): Mode {
    return this.#foundation.mode
  }

  get config(): ClientConfig {
    return this.#config
  }

  get transport(): Transport {
    return this.#foundation.transport
  }

  get clock(): Clock {
    return this.config.clock
  }

  get instrumentation(): Instrumentation | undefined {
    return this.config.instrumentation
  }

  get beforeSend(): OnEvent['beforeSend'] {
    return this.#foundation.onEvent?.beforeSend
  }

  get hasLastingStore(): boolean {
    const { store } = this.#foundation.means
    return store !== undefined && !isMemoryStore(store)
  }

  get emit(): Emit {
    return this.#emit
  }

  get tokens(): TokenSource {
    return this.#tokens
  }

  get budgets(): Budgets {
    const { budgetsOf } = this.#foundation
    if (budgetsOf) return budgetsOf(this.#config)
    this.#budgets ??= new Budgets(this.config.budget, this.clock)
    return this.#budgets
  }

  get approvals(): CallApprovals {
    const { config, mode, emit } = this
    this.#approvals ??= createCallApprovals(config, this.#server, recordFor(config, mode), emit)
    return this.#approvals
  }

  get calls(): SecureFetch {
    this.#calls ??= createSecureFetch(this)
    return this.#calls
  }

  get fetch(): StandardFetch {
    this.#fetch ??= createStandardFetch(this)
    return this.#fetch
  }

  get handlePing(): (request: Request) => Promise<Response> {
    this.#ping ??= createPingHandler(this.config, this.approvals)
    return this.#ping
  }

  get exchange(): ExchangeCloudCredentials {
    this.#exchange ??= createCloudExchange(this.config, this.#server, this.tokens, this)
    return this.#exchange
  }

  get getToken(): (options?: GetTokenOptions) => Promise<DelegationToken> {
    this.#getToken ??= async (options) => this.tokens.get(checkedTokenOptions(options))
    return this.#getToken
  }

  get close(): () => Promise<void> {
    this.#close ??= async () => {
      this.isClosed = true
      this.tokens.close()
      this.#leave?.()
    }
    return this.#close
  }

  static {
    hideGetters(ClientParts.prototype)
  }
}

/** It holds nothing of the client that makes it: others share it. */
function tokenCell(
  { isPooled }: Foundation,
  config: ClientConfig,
  server: AuthSecServer,
): TokenCell {
  const ofToken = isPooled ? config : tokenConfigOf(config)
  return new TokenCell(createDelegationApi(ofToken, server), ofToken, createSharedTokens)
}

/** The client's way to AuthSec, past the limit that it shares. A mock client has an emulator of its own. */
function serverOf(
  { mode, transport }: Foundation,
  { authSecUrl, clock, rateLimit }: ClientConfig,
  client: string,
): { server: AuthSecServer; limiter: Limiter } {
  const limiter = mode === 'live' ? limiterOf(authSecUrl, clock) : unlimited(clock)
  const parts = { limiter, transport, clock, queueMs: rateLimit.queueMs }
  return { server: createAuthSecServer(parts, client), limiter }
}

/** Each mock client has an emulator of its own, in which nobody is disturbed. */
function recordFor({ authSecUrl, clock }: ClientConfig, mode: Mode): ServerRecord {
  return mode === 'live' ? serverRecordOf(authSecUrl, clock) : createServerRecord(clock)
}

function checkedTokenOptions(options: GetTokenOptions = {}): GetTokenOptions {
  checkOptions<GetTokenOptions>(options, 'the options of getDelegationToken', {
    forceRefresh: optionalBoolean,
    rejected: optionalObject,
    signal: optionalSignal,
  })
  return options
}
