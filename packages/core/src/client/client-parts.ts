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
import { checkOptions } from '../options/option-checks.ts'
import { optionalBoolean, optionalObject, optionalSignal } from '../options/option-values.ts'
import { Budgets } from '../policy/budgets.ts'
import type { Clock } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { hideGetters } from '../support/hide-getters.ts'
import { createDelegationApi } from '../token/delegation-api.ts'
import type { DelegationToken } from '../token/delegation-token.ts'
import { createTokenSource, type GetTokenOptions, type TokenSource } from '../token/token-source.ts'

/** What a client is assembled from. */
export interface Foundation {
  readonly mode: Mode
  readonly config: ClientConfig
  readonly transport: Transport
  readonly onEvent: OnEvent | undefined
}

/**
 * What a client works with. Each part but the token is made at its first use: a server may have a client for
 * each of many thousands of agents, and most of them never ask a person or a cloud. Private fields cannot be listed or copied.
 */
export class ClientParts implements CallParts {
  readonly #foundation: Foundation
  readonly #tokens: TokenSource
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

  constructor(foundation: Foundation) {
    const { config, transport, onEvent } = foundation
    this.#foundation = foundation
    this.client = fingerprint('cid', config.clientId)
    this.#emit = createEmitter(onEvent, { client: this.client, now: config.clock.now })
    const api = createDelegationApi(config, transport, this.#emit)
    this.#tokens = createTokenSource(api, config, this.#emit)
  }

  get mode(): Mode {
    return this.#foundation.mode
  }

  get config(): ClientConfig {
    return this.#foundation.config
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

  get emit(): Emit {
    return this.#emit
  }

  get tokens(): TokenSource {
    return this.#tokens
  }

  get budgets(): Budgets {
    this.#budgets ??= new Budgets(this.config.budget, this.clock)
    return this.#budgets
  }

  get approvals(): CallApprovals {
    const { config, transport, mode, emit } = this
    this.#approvals ??= createCallApprovals(config, transport, recordFor(config, mode), emit)
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
    this.#exchange ??= createCloudExchange(this.config, this.transport, this.tokens, this)
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
    }
    return this.#close
  }

  static {
    hideGetters(ClientParts.prototype)
  }
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
