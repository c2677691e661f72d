import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import { HttpFailure } from '../http/http-failure.ts'
import type { ProxyRules } from '../network/proxy-rules.ts'
import { guardedLookup, type IsBlocked } from './guarded-agent.ts'

/** One pool for all clients and each proxy with its credentials. */
const agents = new Map<string, ProxyAgent>()

/** Longest wait of the proxy's answer to CONNECT, after the request itself was given up. */
const CONNECT_MS = 10_000

/**
 * The agent that opens a tunnel for each connection (RFC 9110 section 9.3.6). The proxy learns the host and
 * the port alone. It resolves the name itself; here only the proxy's own name is resolved and checked.
 */
export function proxyAgent({ url, authorization }: ProxyRules, isBlocked: IsBlocked): Dispatcher {
  const key = `${url.origin} ${authorization}`
  const known = agents.get(key)
  if (known) return known
  const lookup = guardedLookup((address) => isBlocked(address, 'https:'))
  const agent = new ProxyAgent({
    uri: url.origin,
    ...(authorization !== undefined && { token: authorization }),
    proxyTunnel: true,
    connections: 64,
    headersTimeout: 0,
    bodyTimeout: 0,
    proxyTls: { timeout: 5_000, lookup },
    clientFactory: (origin, options) =>
      new Pool(origin, { ...options, headersTimeout: CONNECT_MS, connections: 64 }),
  })
  agents.set(key, agent)
  return agent
}

/** The proxy's answer to CONNECT stands only in the text of undici's error. */
export function tunnelFailure(error: unknown): unknown {
  const text = error instanceof Error ? error.message : ''
  const status = /^Proxy response \((\d{3})\)/.exec(text)?.[1]
  if (status === undefined) return error
  // The proxy that cannot reach the server may do so later. All else is its decision.
  const kind = status.startsWith('5') ? 'network_error' : 'proxy_refused'
  return new HttpFailure(kind, false, `PROXY_HTTP_${status}`)
}
