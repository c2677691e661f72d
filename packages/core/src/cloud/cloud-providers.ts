import { type Clock, systemClock } from '../support/clock.ts'
import { hideGetters } from '../support/hide-getters.ts'
import type { CloudExchangeOptions, CloudProvider } from './cloud-api.ts'
import type { CloudCredentials, ExchangeCloudCredentials } from './cloud-credentials.ts'
import { cloudError } from './cloud-errors.ts'

/** AWS SDK v3 `AwsCredentialIdentity`, by shape. */
export interface AwsCredentialIdentity {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

/** `@azure/core-auth` `AccessToken`, by shape. */
export interface AzureAccessToken {
  token: string
  /** Milliseconds since 1970. */
  expiresOnTimestamp: number
}

/** `@azure/core-auth` `TokenCredential`, by shape. */
export interface AzureTokenCredential {
  getToken(
    scopes: string | string[],
    options?: { abortSignal?: unknown },
  ): Promise<AzureAccessToken | null>
}

/** What Google's clients need of an auth client, by shape. */
export interface GoogleAuthClient {
  getAccessToken(): Promise<{ token: string }>
  getRequestHeaders(url?: string | URL): Promise<Headers>
}

/** The client, as far as these functions need it. */
export interface CloudExchanger {
  readonly exchangeCloudCredentials: ExchangeCloudCredentials
}

export interface ProviderOptions {
  /** For tests. Default: the system's. */
  clock?: Clock
}

/**
 * Creates a provider for `credentials` of an AWS SDK v3 client. It refreshes ahead of expiry, with one
 * exchange for all concurrent callers (contract 4). The provider throws `CloudExchangeError`.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { awsCredentialProvider } from '@authsec/core/cloud'
 *
 * const client = createAuthSecClientFromEnv()
 * const credentials = awsCredentialProvider(client, {
 *   roleArn: 'arn:aws:iam::123456789012:role/agent-reader',
 * })
 *
 * export const options = { region: 'eu-central-1', credentials }
 * ```
 */
export function awsCredentialProvider(
  client: CloudExchanger,
  options: CloudExchangeOptions['aws'],
  settings: ProviderOptions = {},
): () => Promise<AwsCredentialIdentity> {
  const credentials = credentialCache(client, 'aws', options, settings)
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await credentials()
    if (!accessKeyId || !secretAccessKey || !sessionToken) throw cloudError('invalid_response')
    return hidden({ accessKeyId, secretAccessKey, sessionToken }, { expiration: expiresAt })
  }
}

/**
 * Creates a `TokenCredential` for Azure SDK clients (contract 4). AuthSec decides about the scope: the
 * scopes that a client requests must be those of the exchange. `getToken` throws `CloudExchangeError`.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { azureTokenCredential } from '@authsec/core/cloud'
 *
 * const client = createAuthSecClientFromEnv()
 *
 * export const credential = azureTokenCredential(client, {
 *   tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
 * })
 * ```
 */
export function azureTokenCredential(
  client: CloudExchanger,
  options: CloudExchangeOptions['azure'],
  settings: ProviderOptions = {},
): AzureTokenCredential {
  const credentials = credentialCache(client, 'azure', options, settings)
  return {
    async getToken(_scopes, { abortSignal } = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined
      signal?.throwIfAborted()
      const { accessToken, expiresAt } = await credentials()
      if (!accessToken) throw cloudError('invalid_response')
      return hidden({ token: accessToken }, { expiresOnTimestamp: expiresAt.getTime() })
    },
  }
}

/**
 * Creates an auth client for Google clients (contract 4): request headers, an access token, or the
 * `refreshHandler` of google-auth-library. Its methods throw `CloudExchangeError`.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { googleAuthClient } from '@authsec/core/cloud'
 *
 * const client = createAuthSecClientFromEnv()
 * const google = googleAuthClient(client, {
 *   projectId: 'example-project',
 *   serviceEmail: 'agent@example-project.iam.gserviceaccount.com',
 * })
 *
 * console.log([...(await google.getRequestHeaders()).keys()])
 * ```
 */
export function googleAuthClient(
  client: CloudExchanger,
  options: CloudExchangeOptions['gcp'],
  settings: ProviderOptions = {},
): GoogleAuthClient & { refreshHandler(): Promise<{ access_token: string; expiry_date: number }> } {
  const credentials = credentialCache(client, 'gcp', options, settings)
  const token = async (): Promise<{ value: string; expiresAt: Date }> => {
    const { accessToken, expiresAt } = await credentials()
    if (!accessToken) throw cloudError('invalid_response')
    return { value: accessToken, expiresAt }
  }
  return {
    getAccessToken: async () => hidden({ token: (await token()).value }, {}),
    getRequestHeaders: async () =>
      new Headers({ authorization: `Bearer ${(await token()).value}` }),
    async refreshHandler() {
      const { value, expiresAt } = await token()
      return hidden({ access_token: value }, { expiry_date: expiresAt.getTime() })
    },
  }
}

/** Credentials are refreshed five minutes before they expire, or in the last tenth of a shorter lifetime. */
const MARGIN_MS = 300_000
const FAILURE_PAUSE_MS = 30_000

function credentialCache<Provider extends CloudProvider>(
  client: CloudExchanger,
  provider: Provider,
  options: CloudExchangeOptions[Provider],
  { clock = systemClock }: ProviderOptions,
): () => Promise<CloudCredentials> {
  let current: { credentials: CloudCredentials; refreshAt: number } | undefined
  let exchanging: Promise<CloudCredentials> | undefined

  async function exchange(): Promise<CloudCredentials> {
    try {
      const credentials = await client.exchangeCloudCredentials(provider, options)
      const life = credentials.expiresAt.getTime() - clock.now()
      current = { credentials, refreshAt: clock.now() + life - Math.min(MARGIN_MS, life / 10) }
      return credentials
    } catch (error) {
      if (current) current.refreshAt = clock.now() + FAILURE_PAUSE_MS
      throw error
    }
  }

  return async () => {
    if (current && clock.now() < current.refreshAt) return current.credentials
    exchanging ??= exchange().finally(() => {
      exchanging = undefined
    })
    if (!current || clock.now() >= current.credentials.expiresAt.getTime()) return exchanging
    // Valid credentials are served while newer ones are fetched, and when that fails.
    exchanging.catch(() => undefined)
    return current.credentials
  }
}

/** Secrets readable by name, but in no listing, print or serialisation: getters of the prototype. */
function hidden<Secrets extends object, Rest extends object>(
  secrets: Secrets,
  rest: Rest,
): Secrets & Rest {
  const prototype: object = {}
  hideGetters(prototype)
  for (const [name, value] of Object.entries(secrets)) {
    Object.defineProperty(prototype, name, { get: () => value })
  }
  return Object.assign(Object.create(prototype) as Secrets, rest)
}
