import type { CloudExchangeOptions, CloudProvider } from './cloud-api.ts'
import type { CloudCredentials } from './cloud-credentials.ts'
import type { ClientConfig } from './config.ts'
import { CloudExchangeError } from './errors.ts'
import { errorCode, type OnEvent } from './events.ts'
import { lazy, notLoaded } from './lazy.ts'
import type { TokenSource } from './token-source.ts'
import type { Transport } from './transport.ts'

export type ExchangeCloudCredentials = <Provider extends CloudProvider>(
  provider: Provider,
  options: CloudExchangeOptions[Provider] & { signal?: AbortSignal | undefined },
) => Promise<CloudCredentials>

/** Trades the delegation token for credentials of a cloud, once; providers cache, this does not. What it takes is loaded at the first exchange. */
export function createCloudExchange(
  config: ClientConfig,
  transport: Transport,
  tokens: TokenSource,
  emit: OnEvent,
): ExchangeCloudCredentials {
  const { clock } = config
  const credentials = lazy(
    async () => {
      const { createCredentialSource } = await import('./cloud-credentials.ts')
      return createCredentialSource(config, transport, tokens)
    },
    (cause) => new CloudExchangeError({ code: 'not_available', ...notLoaded, cause }),
  )

  return async function exchangeCloudCredentials(provider, options) {
    const startedAt = clock.monotonic()
    const durationMs = () => clock.monotonic() - startedAt
    try {
      const { exchange } = await credentials()
      const result = await exchange(provider, options, options.signal)
      emit({
        type: 'cloud.exchanged',
        provider,
        expiresAt: result.expiresAt,
        durationMs: durationMs(),
      })
      return result
    } catch (error) {
      emit({ type: 'cloud.failed', provider, code: errorCode(error), durationMs: durationMs() })
      throw error
    }
  }
}
