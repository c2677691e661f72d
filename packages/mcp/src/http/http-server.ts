import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  checkOptions,
  isText,
  type OptionChecks,
  optionalFunction,
  required,
} from '@authsec/core/adapter'
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node'
import { type AuthSecMcpHandler, MAX_BODY_BYTES } from './http-handler.ts'

export interface HttpServer {
  /** Where it listens: scheme, address and port. */
  readonly origin: string
  close(): Promise<void>
}

export interface HttpServerOptions {
  /** 0 takes any free port. */
  readonly port: number
  readonly host: string
  /** Receives the errors of requests that were answered with 500. */
  readonly onError?: ((error: Error) => void) | undefined
}

const httpServerChecks: OptionChecks<HttpServerOptions> = {
  port: required(
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
    'a port from 0 to 65535',
  ),
  host: isText,
  onError: optionalFunction,
}

/** Throws `ConfigError` for the first wrong option. */
export function checkHttpServer(options: unknown): asserts options is HttpServerOptions {
  checkOptions<HttpServerOptions>(options, 'the HTTP server options', httpServerChecks)
}

/**
 * Listens before it creates the handler, because the address of port 0 is known only then. Throws
 * `ConfigError` for a wrong option, and what `createHandler` throws.
 */
export async function startHttpServer(
  options: HttpServerOptions,
  createHandler: (origin: string) => AuthSecMcpHandler,
): Promise<HttpServer> {
  checkHttpServer(options)
  const { port, host, onError } = options
  let handler: AuthSecMcpHandler | undefined
  const listener = toNodeHandler(
    { fetch: async (request) => (await handler?.fetch(request)) ?? notReady() },
    { maxRequestBodySize: MAX_BODY_BYTES, ...(onError && { onerror: onError }) },
  )
  const server = createServer((request, response) => {
    // The adapter's type differs only in `undefined`.
    void listener(request as NodeIncomingMessageLike, response)
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  const origin = await listen(server, port, host)
  try {
    handler = createHandler(origin)
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

async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${name}:${address.port}`
}

function notReady(): Response {
  return new Response(null, { status: 503 })
}
