import type { FetchLike } from '../http/request-json.ts'
import type { ProxyRules } from '../network/proxy-rules.ts'
import { isRequestBound } from './request-bound.ts'

/** Whether requests can go through a proxy. */
export const hasProxies: boolean = true

/**
 * What requests are sent with unless the options have a `fetch`. Other runtimes get `default-fetch.web.ts`. The guards
 * are loaded at the first request: a Worker that got this build has no names to resolve, and no sockets.
 */
export function defaultFetch(proxy: ProxyRules | undefined): FetchLike {
  return async (input, init) => {
    if (isRequestBound()) return await fetch(input, init)
    const { guardedFetch } = await import('../http/guarded-fetch.ts')
    return await guardedFetch(input, init, proxy)
  }
}
