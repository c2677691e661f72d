import type { ClientConfig } from '../config/config.ts'

/** What a token depends on. It holds nothing else of the client that was the first: others outlive it. */
export type TokenConfig = Pick<
  ClientConfig,
  | 'authSecUrl'
  | 'clientId'
  | 'apiToken'
  | 'tenantId'
  | 'clientIdIn'
  | 'timeoutMs'
  | 'rateLimit'
  | 'refreshMarginSeconds'
  | 'maxTokenLifetimeSeconds'
  | 'clock'
  | 'store'
  | 'tokenKeys'
>

export function tokenConfigOf(config: ClientConfig): TokenConfig {
  const { authSecUrl, clientId, apiToken, tenantId, clientIdIn } = config
  const { timeoutMs, rateLimit, refreshMarginSeconds, maxTokenLifetimeSeconds, clock } = config
  const { store, tokenKeys } = config
  return Object.freeze({
    ...{ authSecUrl, clientId, apiToken, tenantId, clientIdIn },
    ...{ timeoutMs, rateLimit, refreshMarginSeconds, maxTokenLifetimeSeconds, clock },
    // The token is shared through the store with keys only: else the cell does not hold it.
    ...(tokenKeys ? { store, tokenKeys } : { store: undefined, tokenKeys }),
  })
}
