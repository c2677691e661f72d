import { createTransport } from '#runtime/transports/create-transport'
import type { AuthSecClientOptions } from '../config/client-options.ts'
import { type ClientConfig, createConfig } from '../config/config.ts'
import type { Mode } from '../events.ts'
import { assembleClient } from './assemble-client.ts'
import type { AuthSecClient } from './client.ts'
import type { Foundation } from './client-parts.ts'

/**
 * Creates a live client. Nothing is sent before the first call.
 *
 * @throws ConfigError - for the first option that is unknown, misspelt or cannot work.
 *
 * @example
 * ```ts
 * import { createAuthSecClient } from '@authsec/core'
 *
 * const client = createAuthSecClient({
 *   baseUrl: 'https://auth.example.com',
 *   clientId: process.env['AUTHSEC_AGENT_CLIENT_ID'] ?? '',
 *   resources: [{ name: 'billing', baseUrl: 'https://billing.example.com/v1' }],
 * })
 *
 * const { status, data } = await client.secureFetch({ endpoint: 'customers/42' })
 * console.log(status, data)
 * ```
 */
export function createAuthSecClient(options: AuthSecClientOptions): AuthSecClient {
  const config = createConfig(options)
  return assembleClient(foundationOf(options, config, 'live'), config)
}

/** What a client of its own is assembled from. */
export function foundationOf(
  { fetch, dispatcher, store, onEvent }: Omit<AuthSecClientOptions, 'clientId'>,
  config: ClientConfig,
  mode: Mode,
): Foundation {
  const transport = createTransport(fetch, dispatcher, config.proxy)
  return { mode, transport, onEvent, means: { fetch, dispatcher, store }, isPooled: false }
}
