import { ConfigError } from '../errors.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { isBlockedAddress } from './network-guard.ts'
import type { Dispatcher, FetchLike, Transport } from './transport.ts'

/** Sends by the fetch function if there is one, else by undici, which is loaded at the first request. */
export function createTransport(
  fetch: FetchLike | undefined,
  dispatcher: Dispatcher | undefined,
): Transport {
  if (fetch) return createFetchTransport(fetch)
  let send: Transport | undefined
  return async (request) => {
    send ??= (await loadUndici()).createUndiciTransport(isBlockedAddress, dispatcher)
    return send(request)
  }
}

async function loadUndici(): Promise<typeof import('./undici-transport.ts')> {
  try {
    return await import('./undici-transport.ts')
  } catch (cause) {
    throw new ConfigError({
      code: 'module_missing',
      message: 'The HTTP client undici could not be loaded, so nothing was sent.',
      hint: 'See the code of the cause: install the package again, keep undici out of the bundle, or pass a `fetch` function.',
      cause,
    })
  }
}
