import { type Clock, systemClock } from '../support/clock.ts'
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

/** For `credentials` of an AWS SDK v3 client. Refreshed ahead of expiry; one exchange for all concurrent callers. */
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

/** For Azure SDK clients. The scopes that a client asks for must be what the exchange was configured for: AuthSec decides, not they. */
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

/** For Google clients that take request headers or an access token; with google-auth-library, hand `getAccessToken` to `refreshHandler`. */
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

/** Five minutes before the end, or a tenth of the life of shorter ones. */
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
    // Good ones are served while newer ones are fetched, and when those cannot be had.
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
  for (const [name, value] of Object.entries(secrets)) {
    Object.defineProperty(prototype, name, { get: () => value })
  }
  return Object.assign(Object.create(prototype) as Secrets, rest)
}
