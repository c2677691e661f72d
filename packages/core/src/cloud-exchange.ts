import type { ExchangeCloudCredentials } from './cloud-credentials.ts'
import type { ClientConfig } from './config.ts'
import { CloudExchangeError } from './errors.ts'
import type { OnEvent } from './events.ts'
import { lazy, notLoaded } from './lazy.ts'
import type { TokenSource } from './token-source.ts'
import type { Transport } from './transport.ts'

/** The exchange for credentials of a cloud, loaded at its first use. */
export function createCloudExchange(
  config: ClientConfig,
  transport: Transport,
  tokens: TokenSource,
  emit: OnEvent,
): ExchangeCloudCredentials {
  const exchange = lazy(
    async () =>
      (await import('./cloud-credentials.ts')).createCredentialExchange(
        config,
        transport,
        tokens,
        emit,
      ),
    (cause) => new CloudExchangeError({ code: 'not_available', ...notLoaded, cause }),
  )
  return async (provider, options) => (await exchange())(provider, options)
}
