import { request } from 'undici'
import { answerOf, requestOf } from './dispatcher-transport.ts'
import { guardedAgent, type IsBlocked } from './guarded-agent.ts'
import type { Transport } from './transport.ts'

/** `undici.request`, which does not follow redirects, with checked addresses. */
export function createUndiciTransport(isBlocked: IsBlocked): Transport {
  return async (call) => {
    const dispatcher = await guardedAgent(call.url, isBlocked)
    const { origin: _origin, path: _path, ...options } = requestOf(call)
    return answerOf(await request(call.url, { ...options, dispatcher }))
  }
}
