import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ConnectionFault, faultOf, halfOf } from './connection-fault.ts'
import { requestTarget } from './request-target.ts'
import { refused, refuseForeignHost } from './web-guard.ts'

export type FetchHandler = (request: Request, remoteAddress?: string) => Promise<Response>

export interface NodeServer {
  readonly port: number
  close(): Promise<void>
}

export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Values of `Host` that are accepted besides loopback names with the port. */
  readonly allowedHosts: readonly string[]
  /** How long a request may take to arrive. */
  readonly limits?: RequestLimits
}

/** In milliseconds. Node looks for late requests at intervals, by default every 30 s. */
interface RequestLimits {
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly connectionsCheckingInterval: number
}

const LIMITS: RequestLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
}

/** Serves a fetch handler on 127.0.0.1. Rejects when the port is taken. */
export async function serve(
  handler: FetchHandler,
  { port, allowedHosts, limits = LIMITS }: ServeOptions,
): Promise<NodeServer> {
  const server = createServer({ ...limits }, (incoming, outgoing) => {
    const answer = guarded(handler, incoming, allowedHosts)
    respond(answer, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) }
}

/** A standard `Request` cannot have these methods (Fetch 2.2.1). */
const NOT_IN_FETCH = /^(?:CONNECT|TRACE|TRACK)$/i

type Answer = (signal: AbortSignal) => Promise<Response>

/** The handler's answer to a request, or that of the server to one that it must not see. */
function guarded(
  handler: FetchHandler,
  incoming: IncomingMessage,
  allowedHosts: readonly string[],
): Answer {
  return async (signal) => {
    const target = requestTarget(incoming)
    if ('problem' in target) return refused(400, 'bad_request', target.problem)
    const { localPort = 0, remoteAddress } = incoming.socket
    const refusal = refuseForeignHost(target.url, localPort, allowedHosts)
    if (refusal) return refusal
    if (NOT_IN_FETCH.test(incoming.method ?? '')) {
      return refused(405, 'method_not_allowed', 'The emulator does not support this method.')
    }
    return handler(toRequest(incoming, target.url, signal), remoteAddress)
  }
}

async function respond(answer: Answer, outgoing: ServerResponse): Promise<void> {
  const response = await answer(callerSignal(outgoing))
  const fault = faultOf(response)
  if (fault !== undefined) return breakConnection(response, fault, outgoing)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (!response.body) return void outgoing.end()
  await pipeline(Readable.fromWeb(response.body), outgoing)
}

/** Aborts when the caller closes the connection before the response is complete, or the server closes. */
function callerSignal(outgoing: ServerResponse): AbortSignal {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  return gone.signal
}

async function breakConnection(
  response: Response,
  fault: ConnectionFault,
  outgoing: ServerResponse,
): Promise<void> {
  const { socket } = outgoing
  if (fault === 'hang') return
  if (fault === 'reset') return void socket?.resetAndDestroy()
  const { part, length } = await halfOf(response)
  const headers = { ...Object.fromEntries(response.headers), 'content-length': length }
  outgoing.writeHead(response.status, headers)
  // A response to HEAD has no body, so writing the body would not send the headers.
  outgoing.flushHeaders()
  outgoing.write(part, () => (fault === 'truncated' ? socket?.end() : socket?.resetAndDestroy()))
}

function toRequest(incoming: IncomingMessage, url: URL, signal: AbortSignal): Request {
  const { method = 'GET', headers } = incoming
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const init: RequestInit & { duplex?: 'half' } = { method, signal, headers: toHeaders(headers) }
  if (hasBody) {
    init.body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
    init.duplex = 'half'
  }
  return new Request(url, init)
}

function toHeaders(headers: IncomingMessage['headers']): Headers {
  const copy = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined) copy.append(name, item)
    }
  }
  return copy
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
