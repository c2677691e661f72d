import type { Socket } from 'node:net'
import { networkRules, type ProxyChoice } from '@authsec/core/adapter'
import { connectTo, hostOf } from './connect.ts'
import { exchange, type ProbeAnswer, type ProbeRequest } from './exchange.ts'
import { Problem } from './problem.ts'
import { handshake, secure } from './tls.ts'
import { openTunnel } from './tunnel.ts'

/** How requests leave this computer. */
export interface Way {
  readonly proxy: ProxyChoice
  /** The proxy of a variable that nobody asked to be used, to find out whether it would help. */
  readonly unused: ProxyChoice
  readonly timeoutMs: number
}

export type Probed = { readonly answer: ProbeAnswer } | { readonly problems: readonly Problem[] }

/**
 * One request without a token, step by step, so that the step that fails is known: name, connection, tunnel, TLS,
 * certificate, answer. It follows no redirect.
 */
export async function probe(request: ProbeRequest, way: Way): Promise<Probed> {
  try {
    const { url } = request
    const socket = await open(url, way)
    if (url.protocol === 'http:') return { answer: await plainExchange(socket, request, way) }
    const secured = await secure(socket, hostOf(url), way.timeoutMs)
    if ('problems' in secured) return secured
    return { answer: await exchange(secured.socket, request, way.timeoutMs) }
  } catch (error) {
    if (error instanceof Problem) return { problems: [error] }
    throw error
  }
}

async function open(url: URL, { proxy, unused, timeoutMs }: Way): Promise<Socket> {
  const { rules } = proxy
  if (rules && networkRules.usesProxy(rules, url)) return openTunnel(rules, url, timeoutMs)
  try {
    return await connectTo(url, timeoutMs)
  } catch (error) {
    const other = unused.rules
    if (!other || !networkRules.usesProxy(other, url) || !(error instanceof Problem)) throw error
    const tunnel = await openTunnel(other, url, timeoutMs).catch(() => undefined)
    if (!tunnel) throw error
    tunnel.destroy()
    const seen = `Without a proxy: ${error.seen ?? error.code}. Through the proxy of ${other.source} it is reached.`
    throw new Problem('proxy_needed', seen)
  }
}

/** A server that expects TLS answers plain http with an alert, with a page, or by hanging up. */
async function plainExchange(
  socket: Socket,
  request: ProbeRequest,
  { timeoutMs }: Way,
): Promise<ProbeAnswer> {
  try {
    const answer = await exchange(socket, request, timeoutMs)
    if (
      answer.status === 400 &&
      /plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server/i.test(answer.text)
    ) {
      throw new Problem('tls_spoken')
    }
    return answer
  } catch (error) {
    if (!(error instanceof Problem) || !(await speaksTls(request.url, timeoutMs))) throw error
    throw new Problem('tls_spoken')
  }
}

async function speaksTls(url: URL, timeoutMs: number): Promise<boolean> {
  try {
    const socket = await handshake(await connectTo(url, timeoutMs), hostOf(url), timeoutMs)
    socket.destroy()
    return true
  } catch {
    return false
  }
}
