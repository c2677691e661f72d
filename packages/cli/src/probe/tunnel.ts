import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { ProxyRules } from '@authsec/core/adapter'
import { hostOf, portOf } from './connect.ts'
import { Problem, systemCodeOf } from './problem.ts'

/** A tunnel through the proxy to the host of the URL (RFC 9110 section 9.3.6). Throws a `Problem`. */
export function openTunnel(
  { url: proxy, authorization, source }: ProxyRules,
  url: URL,
  timeoutMs: number,
): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`
  const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest
  const name = `The proxy ${proxy.origin} (${source})`
  return new Promise((resolve, reject) => {
    const request = send({
      host: hostOf(proxy),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...(authorization && { 'proxy-authorization': authorization }) },
      agent: false,
    })
    const timer = setTimeout(() => {
      request.destroy()
      reject(new Problem('proxy_unreachable', `${name} does not answer in ${timeoutMs / 1000} s.`))
    }, timeoutMs)
    request.on('error', (error) => {
      clearTimeout(timer)
      reject(new Problem('proxy_unreachable', `${name}: ${systemCodeOf(error)}`))
    })
    request.on('response', ({ statusCode }) => {
      clearTimeout(timer)
      request.destroy()
      reject(new Problem('proxy_refused', `${name} answers HTTP ${statusCode}.`))
    })
    request.on('connect', ({ statusCode = 0 }, socket) => {
      clearTimeout(timer)
      if (statusCode >= 200 && statusCode < 300) return resolve(socket)
      socket.on('error', () => undefined).destroy()
      const code = statusCode === 407 ? 'proxy_credentials' : 'proxy_refused'
      reject(new Problem(code, `${name} answers HTTP ${statusCode}.`))
    })
    request.end()
  })
}
