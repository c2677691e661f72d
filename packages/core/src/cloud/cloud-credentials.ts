import type { ClientConfig } from '../config/config.ts'
import { CloudExchangeError, errorCode } from '../errors.ts'
import type { OnEvent } from '../events.ts'
import type { Transport } from '../http/transport.ts'
import type { TokenSource } from '../token/token-source.ts'
import {
  type CloudExchangeOptions,
  type CloudProvider,
  createCloudApi,
  type RawCredentials,
} from './cloud-api.ts'

/** Short-lived credentials of a cloud. Printing or serialising them shows kind and expiry; only the secrets' own names give them away. */
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
}

export type ExchangeCloudCredentials = <Provider extends CloudProvider>(
  provider: Provider,
  options: CloudExchangeOptions[Provider] & { signal?: AbortSignal | undefined },
) => Promise<CloudCredentials>

/** Trades the delegation token for credentials of a cloud, once; providers cache, this does not. */
export function createCloudExchange(
  config: ClientConfig,
  transport: Transport,
  tokens: TokenSource,
  emit: OnEvent,
): ExchangeCloudCredentials {
  const { clock } = config
  const api = createCloudApi(config, transport)

  return async function exchangeCloudCredentials(provider, options) {
    const startedAt = clock.monotonic()
    try {
      const raw = await exchange(provider, options, options.signal)
      const durationMs = clock.monotonic() - startedAt
      emit({ type: 'cloud.exchanged', provider, expiresAt: raw.expiresAt, durationMs })
      return new IssuedCredentials(provider, raw)
    } catch (error) {
      const durationMs = clock.monotonic() - startedAt
      emit({ type: 'cloud.failed', provider, code: errorCode(error), durationMs })
      throw error
    }
  }

  async function exchange<Provider extends CloudProvider>(
    provider: Provider,
    options: CloudExchangeOptions[Provider],
    signal: AbortSignal | undefined,
  ): Promise<RawCredentials> {
    const token = await tokens.get({ signal })
    try {
      return await api.exchange(provider, options, token.value, signal)
    } catch (error) {
      // A 401 may mean that the token has been replaced meanwhile: once more, if there is another.
      if (!CloudExchangeError.isInstance(error) || error.status !== 401) throw error
      const fresh = await tokens.get({ rejected: token, signal })
      if (fresh.fingerprint === token.fingerprint) throw error
      return api.exchange(provider, options, fresh.value, signal)
    }
  }
}
