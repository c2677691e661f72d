import { type Dispatcher, request } from 'undici'
import type { Transport, TransportRequest, TransportResponse } from '../http/transport.ts'
import { type ProxyRules, usesProxy } from '../network/proxy-rules.ts'
import { dispatch } from './dispatch.ts'
import { answerOf, sentBody } from './dispatcher-transport.ts'
import { guardedAgent, type IsBlocked } from './guarded-agent.ts'
import { proxyAgent, tunnelFailure } from './proxy-agent.ts'

/** Sends by undici, which follows no redirect here, to checked addresses or through the proxy. */
export function createUndiciTransport(isBlocked: IsBlocked, proxy?: ProxyRules): Transport {
  return (call) => {
    const { url } = call
    if (proxy && usesProxy(proxy, url)) {
      return send(proxyAgent(proxy, isBlocked), call).catch(throwTunnelFailure)
    }
    const agent = guardedAgent(url, isBlocked)
    return agent instanceof Promise ? agent.then((each) => send(each, call)) : send(agent, call)
  }
}

/** Bun replaces undici by its own, whose agents send nothing. */
function send(dispatcher: Dispatcher, call: TransportRequest): Promise<TransportResponse> {
  const canSend = typeof dispatcher.dispatch === 'function'
  return canSend ? dispatch(dispatcher, call) : sendByRequest(dispatcher, call)
}

async function sendByRequest(
  dispatcher: Dispatcher,
  call: TransportRequest,
): Promise<TransportResponse> {
  const { url, headers, body, cancellation } = call
  // The type knows fewer methods than HTTP.
  const method = call.method as 'GET'
  const { signal } = cancellation
  return answerOf(await request(url, { method, headers, body: sentBody(body), signal, dispatcher }))
}

function throwTunnelFailure(error: unknown): never {
  throw tunnelFailure(error)
}
