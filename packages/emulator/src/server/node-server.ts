import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ConnectionFault, faultOf, halfOf } from './connection-fault.ts'

export type FetchHandler = (request: Request, remoteAddress?: string) => Promise<Response>

export interface NodeServer {
  readonly port: number
  close(): Promise<void>
}

/** Serves a fetch handler on 127.0.0.1. Port 0 takes any free port. Rejects when the port is taken. */
export async function serve(handler: FetchHandler, port: number): Promise<NodeServer> {
  const server = createServer((incoming, outgoing) => {
    respond(handler, incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) }
}

async function respond(
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = toRequest(incoming, callerSignal(outgoing))
  const response = await handler(request, incoming.socket.remoteAddress)
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

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headers } = incoming
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const init: RequestInit & { duplex?: 'half' } = { method, signal, headers: toHeaders(headers) }
  if (hasBody) {
    init.body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
    init.duplex = 'half'
  }
  return new Request(new URL(url, `http://${headers.host ?? '127.0.0.1'}`), init)
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
