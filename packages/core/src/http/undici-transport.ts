import { request } from 'undici'
import { type ProxyRules, usesProxy } from '../network/proxy-rules.ts'
import { answerOf, requestOf } from './dispatcher-transport.ts'
import { guardedAgent, type IsBlocked } from './guarded-agent.ts'
import { proxyAgent, tunnelFailure } from './proxy-agent.ts'
import type { Transport } from './transport.ts'

/** `undici.request`, which does not follow redirects, to checked addresses or through the proxy. */
export function createUndiciTransport(isBlocked: IsBlocked, proxy?: ProxyRules): Transport {
  return async (call) => {
    const { url } = call
    const { origin: _origin, path: _path, ...options } = requestOf(call)
    if (proxy && usesProxy(proxy, url)) {
      const dispatcher = proxyAgent(proxy, isBlocked)
      return answerOf(await request(url, { ...options, dispatcher }).catch(throwTunnelFailure))
    }
    const dispatcher = await guardedAgent(url, isBlocked)
    return answerOf(await request(url, { ...options, dispatcher }))
  }
}

function throwTunnelFailure(error: unknown): never {
  throw tunnelFailure(error)
}
