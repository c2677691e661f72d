import {
  type CloudExchangeOptions,
  type CloudProvider,
  createCloudApi,
  type RawCredentials,
} from './cloud-api.ts'
import type { ClientConfig } from './config.ts'
import type { DelegationToken } from './delegation-token.ts'
import { CloudExchangeError } from './errors.ts'
import type { TokenSource } from './token-source.ts'
import type { Transport } from './transport.ts'

/** Short-lived credentials of a cloud. Printing or serialising them shows kind and expiry; only the getters give secrets away. */
export class CloudCredentials {
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

  /** For `kind: 'token'`. */
  get accessToken(): string | undefined {
    return this.#raw.kind === 'token' ? this.#raw.accessToken : undefined
  }

  /** For `kind: 'aws-keys'`. */
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

export interface CredentialSource {
  /** Throws `CloudExchangeError`, `ConfigError` for options that cannot be right, or the signal's reason. */
  exchange<Provider extends CloudProvider>(
    provider: Provider,
    options: CloudExchangeOptions[Provider],
    signal: AbortSignal | undefined,
  ): Promise<CloudCredentials>
}

/** Credentials for the delegation token of one client. */
export function createCredentialSource(
  config: ClientConfig,
  transport: Transport,
  tokens: TokenSource,
): CredentialSource {
  const api = createCloudApi(config, transport)

  return {
    async exchange(provider, options, signal) {
      const token = await tokens.get({ signal })
      const exchange = async ({ value }: DelegationToken): Promise<CloudCredentials> =>
        new CloudCredentials(provider, await api.exchange(provider, options, value, signal))
      try {
        return await exchange(token)
      } catch (error) {
        // A 401 may mean that the token has been replaced meanwhile: once more, if there is another.
        if (!CloudExchangeError.isInstance(error) || error.status !== 401) throw error
        const fresh = await tokens.get({ rejected: token, signal })
        if (fresh.fingerprint === token.fingerprint) throw error
        return exchange(fresh)
      }
    },
  }
}
