import { CallTrace, callStep, type TraceParts } from '../call/call-trace.ts'
import { guardedSend } from '../call/guarded-send.ts'
import type { ClientConfig } from '../config/config.ts'
import { failureFacts } from '../errors.ts'
import type { ExchangeDetails } from '../events.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import { hideGetters } from '../support/hide-getters.ts'
import type { TokenSource } from '../token/token-cells.ts'
import {
  type CloudExchangeOptions,
  type CloudProvider,
  createCloudApi,
  type RawCredentials,
} from './cloud-api.ts'

/** Short-lived cloud credentials. Printing or serialising them shows kind and expiry; only reading a secret by its name reveals it. */
export interface CloudCredentials {
  readonly provider: CloudProvider
  readonly kind: RawCredentials['kind']
  readonly expiresAt: Date
  /** For `kind: 'token'`. */
  readonly accessToken: string | undefined
  /** For `kind: 'aws-keys'`, like the two below. */
  readonly accessKeyId: string | undefined
  readonly secretAccessKey: string | undefined
  readonly sessionToken: string | undefined
}

class IssuedCredentials implements CloudCredentials {
  readonly provider: CloudProvider
  readonly kind: RawCredentials['kind']
  readonly expiresAt: Date
  readonly #raw: RawCredentials

  constructor(provider: CloudProvider, raw: RawCredentials) {
    this.provider = provider
    this.kind = raw.kind
    this.expiresAt = raw.expiresAt
    this.#raw = raw
    Object.freeze(this)
  }

  get accessToken(): string | undefined {
    return this.#raw.kind === 'token' ? this.#raw.accessToken : undefined
  }

  get accessKeyId(): string | undefined {
    return this.#raw.kind === 'aws-keys' ? this.#raw.accessKeyId : undefined
  }

  get secretAccessKey(): string | undefined {
    return this.#raw.kind === 'aws-keys' ? this.#raw.secretAccessKey : undefined
  }

  get sessionToken(): string | undefined {
    return this.#raw.kind === 'aws-keys' ? this.#raw.sessionToken : undefined
  }

  static {
    hideGetters(IssuedCredentials.prototype)
  }
}

export type ExchangeCloudCredentials = <Provider extends CloudProvider>(
  provider: Provider,
  options: CloudExchangeOptions[Provider] & { signal?: AbortSignal | undefined },
) => Promise<CloudCredentials>

/** Exchanges the delegation token for cloud credentials, once; providers cache, this does not. */
export function createCloudExchange(
  config: ClientConfig,
  server: AuthSecServer,
  tokens: TokenSource,
  traceParts: TraceParts,
): ExchangeCloudCredentials {
  const api = createCloudApi(config, server, traceParts.emit)

  return async function exchangeCloudCredentials(provider, { signal, ...options }) {
    const request = api.plan(provider, options as CloudExchangeOptions[typeof provider])
    const trace = new CallTrace(traceParts, {})
    trace.provider = provider
    const run = () =>
      guardedSend<HttpResponse, CloudCredentials>(
        { tokens },
        {
          signal,
          trace,
          // Whether the exchange is permitted is AuthSec's decision alone.
          checkToken: () => undefined,
          send(token) {
            trace.attempts += 1
            return api.send(request, token.value, signal)
          },
          isRejected: ({ status }) => status === 401,
          complete(response) {
            const raw = api.read(response)
            const { expiresAt } = raw
            trace.report({ type: 'cloud.exchanged', ...detailsOf(trace, provider), expiresAt })
            return new IssuedCredentials(provider, raw)
          },
          failed: (error) => {
            return { type: 'cloud.failed', ...detailsOf(trace, provider), ...failureFacts(error) }
          },
        },
      )
    return callStep(trace, run)
  }
}

function detailsOf(trace: CallTrace, provider: CloudProvider): ExchangeDetails {
  return { ...trace.identity(), provider, ...trace.progress() }
}
