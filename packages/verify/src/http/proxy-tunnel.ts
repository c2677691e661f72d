import { type ClientRequest, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { bareHost } from '../network/forbidden-addresses.ts'
import type { ProxyRules } from '../network/proxy-rules.ts'

interface TunnelOptions {
  /** Looks up the name of the proxy. */
  readonly lookup: LookupFunction
  readonly signal: AbortSignal | undefined
}

/**
 * TLS to the server of the URL, inside a tunnel of the proxy (RFC 9110 section 9.3.6). The proxy learns host
 * and port alone, and resolves the name itself.
 */
export async function connectThrough(
  proxy: ProxyRules,
  url: URL,
  options: TunnelOptions,
): Promise<Socket> {
  const socket = await openTunnel(proxy, `${url.hostname}:${url.port || '443'}`, options)
  const host = bareHost(url.hostname)
  // A server name must not be an address (RFC 6066 section 3).
  const isAddress = url.hostname.startsWith('[') || /^[\d.]+$/.test(host)
  return connectTls({ socket, host, ...(!isAddress && { servername: host }) })
}

function openTunnel(
  { url, authorization }: ProxyRules,
  target: string,
  { lookup, signal }: TunnelOptions,
): Promise<Socket> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send({
    host: bareHost(url.hostname),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...(authorization && { 'proxy-authorization': authorization }) },
    agent: false,
    lookup,
    ...(signal && { signal }),
  })
  return tunnelOf(request)
}

function tunnelOf(request: ClientRequest): Promise<Socket> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket)
      socket.on('error', () => undefined).destroy()
      reject(Object.assign(new Error('refused by the proxy'), { code: `PROXY_HTTP_${statusCode}` }))
    })
    request.end()
  })
}
