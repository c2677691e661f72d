import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
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
import type { HttpErrorCode } from './rejected-response.ts'
import { requestTarget } from './request-target.ts'

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

/** How long a request may take to arrive, in milliseconds. Node looks for late ones at intervals, by default every 30 s. */
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
  limits: RequestLimits = LIMITS,
): Promise<HttpServer> {
  checkHttpServer(options)
  const { port, host, onError } = options
  let handler: AuthSecMcpHandler | undefined
  const limit = { maxRequestBodySize: MAX_BODY_BYTES, ...(onError && { onerror: onError }) }
  const server = createServer({ ...limits }, (request, response) => {
    if (refuseBadRequest(request, response)) return
    const { remoteAddress } = request.socket
    const fetch = async (web: Request): Promise<Response> =>
      (await handler?.fetch(web, remoteAddress)) ?? notReady()
    // The adapter's type differs only in `undefined`.
    void toNodeHandler({ fetch }, limit)(request as NodeIncomingMessageLike, response)
  })
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

/** A standard `Request` cannot have these methods (Fetch 2.2.1). */
const NOT_IN_FETCH = /^(?:CONNECT|TRACE|TRACK)$/i

/** Answers a request that has no single meaning, and returns whether it did. */
function refuseBadRequest(request: IncomingMessage, response: ServerResponse): boolean {
  const target = requestTarget(request)
  const { authorization = [] } = request.headersDistinct
  if ('problem' in target) refuse(response, 400, 'bad_request', target.problem)
  else if (authorization.length > 1) {
    // Node keeps the first of two headers, and a proxy may have checked the second one.
    refuse(response, 400, 'bad_request', 'The request has more than one Authorization header.')
  } else if (NOT_IN_FETCH.test(request.method ?? '')) {
    refuse(response, 405, 'method_not_allowed', 'The server does not support this method.')
  } else {
    request.url = target.url.pathname + target.url.search
    return false
  }
  return true
}

function refuse(
  response: ServerResponse,
  status: number,
  error: HttpErrorCode,
  description: string,
): void {
  const body = JSON.stringify({ error, error_description: description })
  const headers = { 'content-type': 'application/json', connection: 'close' }
  response.writeHead(status, headers).end(body)
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
