import { ConfigError } from '../errors.ts'
import type { Dispatcher, FetchLike, Transport } from '../http/transport.ts'
import type { ProxyChoice } from '../network/proxy-rules.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { asMistake, type Sender } from './mistake-error.ts'

/**
 * Sends by the fetch function of the program, else by that of the runtime. It resolves names itself: what a name
 * resolves to is not checked here.
 */
export function createTransport(
  fetch: FetchLike | undefined,
  dispatcher: Dispatcher | undefined,
  proxy: ProxyChoice = {},
): Transport {
  if (fetch) return tellingMistakes('fetch', fetch)
  if (dispatcher) throw notHere('dispatcher', 'undici')
  if (proxy.rules) throw notHere('proxy', 'sockets')
  if (typeof globalThis.fetch !== 'function') throw withoutFetch()
  return tellingMistakes('runtime', (url, init) => globalThis.fetch(url, init))
}

/** A mistake in the program must not look like an outage, which is waited for and tried again. */
function tellingMistakes(sender: Sender, fetch: FetchLike): Transport {
  const send = createFetchTransport(fetch)
  return async (request) => {
    try {
      return await send(request)
    } catch (error) {
      throw asMistake(error, sender)
    }
  }
}

function notHere(option: 'dispatcher' | 'proxy', missing: string): ConfigError {
  return new ConfigError({
    code: 'config_invalid',
    message: `${option} cannot be used in this runtime, which has no ${missing} of Node.js.`,
    hint: `Leave ${option} out, or pass a \`fetch\` function that sends the requests its own way.`,
  })
}

function withoutFetch(): ConfigError {
  return new ConfigError({
    code: 'config_missing',
    message: 'fetch is missing: this runtime has none of its own.',
    hint: 'Pass the option `fetch`, a function that takes (url, init) and returns a standard Response.',
  })
}
