import { goTimestamp } from '../server/go-timestamp.ts'
import { randomText } from '../support/encoded-text.ts'
import { choice } from '../support/option-values.ts'

/**
 * How the exchange for cloud credentials responds (contract 4). `'today'`: with an error, as the public
 * servers currently do. `'token'`: with the access token that their API declares. `'aws-keys'`: the
 * same, but for AWS with the keys that their documents show.
 */
export type CloudExchangeMode = 'today' | 'token' | 'aws-keys'

export const cloudExchangeMode = choice('today', 'token', 'aws-keys')

export const providers = ['aws', 'azure', 'gcp'] as const
export type CloudProvider = (typeof providers)[number]

const LIFETIME_SECONDS = 3_600

/** Makes new credentials on each call, and adds the secret parts to `secrets`. */
export function issueCredentials(
  mode: Exclude<CloudExchangeMode, 'today'>,
  provider: CloudProvider,
  scope: string | undefined,
  now: number,
  secrets: string[],
): object {
  if (mode === 'aws-keys' && provider === 'aws') {
    const secret_access_key = randomText(30, 'base64')
    const session_token = randomText(120, 'base64')
    secrets.push(secret_access_key, session_token)
    return {
      access_key_id: `ASIA${randomText(8, 'hex').toUpperCase()}`,
      secret_access_key,
      session_token,
      expiration: goTimestamp(now + LIFETIME_SECONDS * 1000),
    }
  }
  const access_token = randomText(48, 'base64url')
  secrets.push(access_token)
  return { access_token, token_type: 'Bearer', expires_in: LIFETIME_SECONDS, scope }
}
