import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node'
import type { AuthSecMcpHandler } from './http-handler.ts'
import { MAX_BODY_BYTES } from './http-handler.ts'

export interface HttpServer {
  /** Where it listens: scheme, address and port. */
  readonly origin: string
  close(): Promise<void>
}

export interface HttpServerOptions {
  /** 0 takes any free one. */
  port: number
  host: string
  /** Told of requests that could not be answered but with 500. */
  onError?: ((error: Error) => void) | undefined
}

/** Listens before the handler is made, because with port 0 its address is known only then. */
export async function startHttpServer(
  { port, host, onError }: HttpServerOptions,
  makeHandler: (origin: string) => AuthSecMcpHandler,
): Promise<HttpServer> {
  let handler: AuthSecMcpHandler | undefined
  const listener = toNodeHandler(
    { fetch: async (request) => (await handler?.fetch(request)) ?? notReady() },
    { maxRequestBodySize: MAX_BODY_BYTES, ...(onError && { onerror: onError }) },
  )
  const server = createServer((request, response) => {
    // The adapter's type says the same without `undefined`.
    void listener(request as NodeIncomingMessageLike, response)
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  const origin = `http://${name}:${address.port}`
  try {
    handler = makeHandler(origin)
  } catch (error) {
    server.close()
    throw error
  }
  return {
    origin,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      await handler?.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function notReady(): Response {
  return new Response(null, { status: 503 })
}
