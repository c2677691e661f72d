import { ConfigError } from '../errors.ts'
import type { Dispatcher, FetchLike, Transport } from '../http/transport.ts'
import { isBlockedAddress } from '../network/network-guard.ts'
import { assertNodeSockets } from '../network/node-sockets.ts'
import { type ProxyChoice, proxyAdvice } from '../network/proxy-rules.ts'
import { createDispatcherTransport } from './dispatcher-transport.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { asMistake, type Sender } from './mistake-error.ts'

/** Sends by the fetch function or the dispatcher of the program, else by undici, which is loaded at the first request. */
export function createTransport(
  fetch: FetchLike | undefined,
  dispatcher: Dispatcher | undefined,
  proxy: ProxyChoice = {},
): Transport {
  if (fetch) return tellingMistakes('fetch', createFetchTransport(fetch))
  if (dispatcher) return tellingMistakes('dispatcher', createDispatcherTransport(dispatcher))
  assertNodeSockets()
  if (proxy.rules && process.versions['bun']) throw unusableInBun()
  let transport: Transport | undefined
  const send = tellingMistakes('undici', (request) => transport?.(request) ?? loaded(request))
  const loaded: Transport = async (request) => {
    transport ??= (await loadUndici()).createUndiciTransport(isBlockedAddress, proxy.rules)
    return transport(request)
  }
  const adviceFor = (url: URL, isReached: boolean) => proxyAdvice(proxy, url, isReached)
  return Object.assign(send, { adviceFor })
}

/** A mistake in the program must not look like an outage, which is waited for and tried again. */
function tellingMistakes(sender: Sender, send: Transport): Transport {
  return async (request) => {
    try {
      return await send(request)
    } catch (error) {
      throw asMistake(error, sender)
    }
  }
}

/** Bun replaces undici by its own, which ignores the agent: the request would go past the proxy, unchecked. */
function unusableInBun(): ConfigError {
  return new ConfigError({
    code: 'config_invalid',
    message: 'proxy cannot be used under Bun, whose undici ignores it.',
    hint: "Pass a `fetch` function that gives Bun's own fetch the option `proxy`.",
  })
}

async function loadUndici(): Promise<typeof import('./undici-transport.ts')> {
  try {
    return await import('./undici-transport.ts')
  } catch (cause) {
    throw new ConfigError({
      code: 'module_missing',
      message: 'The HTTP client undici could not be loaded, so nothing was sent.',
      hint: 'See the code of the cause: install the package again, keep undici out of the bundle (esbuild: --external:undici; webpack, Rollup and Vite: external), or pass a `fetch` function.',
      cause,
    })
  }
}
