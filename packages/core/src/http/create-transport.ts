import { isForbiddenAddress } from './network-guard.ts'
import type { Dispatcher, FetchLike, Transport } from './transport.ts'

/** By the fetch function if there is one, else by undici; either is loaded at the first request. */
export function createTransport(
  fetch: FetchLike | undefined,
  dispatcher: Dispatcher | undefined,
): Transport {
  let send: Transport | undefined
  return async (request) => {
    send ??= fetch
      ? (await import('./fetch-transport.ts')).createFetchTransport(fetch)
      : (await import('./undici-transport.ts')).createUndiciTransport(
          isForbiddenAddress,
          dispatcher,
        )
    return send(request)
  }
}
