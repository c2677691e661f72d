import { type Dispatcher, request } from 'undici'
import { type ProxyRules, usesProxy } from '../network/proxy-rules.ts'
import { answerOf, sentBody } from './dispatcher-transport.ts'
import { guardedAgent, type IsBlocked } from './guarded-agent.ts'
import { proxyAgent, tunnelFailure } from './proxy-agent.ts'
import type { Transport, TransportRequest } from './transport.ts'

/** `undici.request`, which does not follow redirects, to checked addresses or through the proxy. */
export function createUndiciTransport(isBlocked: IsBlocked, proxy?: ProxyRules): Transport {
  return async (call) => {
    const { url } = call
    if (proxy && usesProxy(proxy, url)) {
      const agent = proxyAgent(proxy, isBlocked)
      return answerOf(await request(url, optionsOf(call, agent)).catch(throwTunnelFailure))
    }
    return answerOf(await request(url, optionsOf(call, await guardedAgent(url, isBlocked))))
  }
}

function optionsOf({ method, headers, body, signal }: TransportRequest, dispatcher: Dispatcher) {
  // The type knows fewer methods than HTTP.
  return { method: method as 'GET', headers, body: sentBody(body), signal, dispatcher }
}

function throwTunnelFailure(error: unknown): never {
  throw tunnelFailure(error)
}
