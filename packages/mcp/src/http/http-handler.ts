import { createMcpHandler, isLegacyRequest, type McpServer } from '@modelcontextprotocol/server'
import { authenticate, type InboundOptions, resourceMetadata, WELL_KNOWN } from './caller-auth.ts'
import { type Caller, createLegacySessions } from './legacy-sessions.ts'
import { rejectedResponse } from './rejected-response.ts'
import { preflight, refuseForeignWeb, type WebGuardOptions, withCors } from './web-guard.ts'

/** An MCP server as a `fetch` handler. */
export interface AuthSecMcpHandler {
  /**
   * Answers one request. Without `inbound`, `remoteAddress` tells callers apart when they share the
   * sessions of legacy clients.
   */
  fetch(request: Request, remoteAddress?: string): Promise<Response>
  /** Ends all calls in progress. Calls that wait for an approval are not sent. */
  close(): Promise<void>
}

/** What a handler needs beyond the server itself. */
export interface HttpSite extends WebGuardOptions {
  readonly publicUrl: string
  readonly inbound?: InboundOptions | undefined
  readonly onError?: ((error: Error) => void) | undefined
}

/** Largest request body, in bytes. Arguments of tools are far smaller. */
export const MAX_BODY_BYTES = 1_048_576

/** Serves `publicUrl` and its metadata, with servers from the factory. */
export function createHttpHandler(
  factory: () => McpServer,
  { publicUrl, inbound, onError, allowedHosts = [], allowedOrigins }: HttpSite,
): AuthSecMcpHandler {
  const sessions = createLegacySessions(factory, MAX_BODY_BYTES)
  const mcp = createMcpHandler(factory, {
    maxRequestBodySize: MAX_BODY_BYTES,
    ...(onError && { onerror: onError }),
  })
  const { pathname: path, hostname } = new URL(publicUrl)
  // Parsed URLs have names in lower case.
  const hosts = allowedHosts.map((name) => name.toLowerCase())
  const guard: WebGuardOptions = { allowedHosts: [hostname, ...hosts], allowedOrigins }
  const metadataPaths = [WELL_KNOWN, WELL_KNOWN + path]

  async function route(request: Request, address: string | undefined): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (request.method === 'OPTIONS' && request.headers.has('origin')) return preflight(request)
    if (inbound && request.method === 'GET' && metadataPaths.includes(pathname)) {
      return Response.json(resourceMetadata(publicUrl, inbound))
    }
    if (pathname !== path) return rejectedResponse('not_found', `The server is at ${path}.`, 404)
    if (!inbound) return serve(withoutAuthorization(request), { authInfo: undefined, address })
    const caller = await authenticate(request, inbound)
    if ('response' in caller) return caller.response
    return serve(withoutAuthorization(request), { authInfo: caller.authInfo, address })
  }

  async function serve(request: Request, caller: Caller): Promise<Response> {
    const { authInfo } = caller
    const limit = { maxRequestBodySize: MAX_BODY_BYTES }
    const isLegacy = await isLegacyRequest(request, undefined, limit)
    const answer = isLegacy ? await sessions.fetch(request, caller) : undefined
    return answer ?? mcp.fetch(request, authInfo && { authInfo })
  }

  return {
    async fetch(request, remoteAddress) {
      // Some hosts pass something else as the second argument, such as their environment.
      const address = typeof remoteAddress === 'string' ? remoteAddress : undefined
      return refuseForeignWeb(request, guard) ?? withCors(request, await route(request, address))
    },
    async close() {
      await Promise.all([mcp.close(), sessions.close()])
    },
  }
}

/** The SDK shows the request to tools, and the caller's token was not issued for them. */
function withoutAuthorization(request: Request): Request {
  if (!request.headers.has('authorization')) return request
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  return new Request(request, { headers })
}
