import {
  type AuthInfo,
  createMcpHandler,
  isLegacyRequest,
  type McpServer,
} from '@modelcontextprotocol/server'
import type { AuthSecMcpServerOptions } from '../server/mcp-server.ts'
import { authenticate, type InboundOptions, resourceMetadata, WELL_KNOWN } from './caller-auth.ts'
import { createOldSessions } from './legacy-sessions.ts'
import {
  preflight,
  refuseForeignWeb,
  rejectedResponse,
  type WebGuardOptions,
  withCors,
} from './web-guard.ts'

export interface AuthSecMcpHandlerOptions extends AuthSecMcpServerOptions, WebGuardOptions {
  /** The address clients use, such as `https://mcp.example.com/mcp`; its path is the one served. */
  publicUrl: string
  /** Demands a delegation token of every caller. Default: none, so bind to loopback only. */
  inbound?: InboundOptions | undefined
}

export interface AuthSecMcpHandler {
  fetch(request: Request): Promise<Response>
  /** Ends what is under way; calls that wait for an approval are not made. */
  close(): Promise<void>
}

/** Largest request body, in bytes. Arguments of tools are far smaller. */
export const MAX_BODY_BYTES = 1_048_576

/** What `createAuthSecMcpHandler` makes, apart from it so that only HTTP loads it. `address` is the public URL. */
export function createHttpHandler(
  factory: () => McpServer,
  { address, publicUrl, inbound, onError, ...site }: AuthSecMcpHandlerOptions & { address: URL },
): AuthSecMcpHandler {
  const sessions = createOldSessions(factory, MAX_BODY_BYTES)
  const mcp = createMcpHandler(factory, {
    maxRequestBodySize: MAX_BODY_BYTES,
    ...(onError && { onerror: onError }),
  })
  const { pathname: path, hostname } = address
  const guard: WebGuardOptions = {
    allowedHosts: [hostname, ...(site.allowedHosts ?? [])],
    allowedOrigins: site.allowedOrigins,
  }
  const metadataPaths = [WELL_KNOWN, WELL_KNOWN + path]

  async function route(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (request.method === 'OPTIONS' && request.headers.has('origin')) return preflight(request)
    if (inbound && request.method === 'GET' && metadataPaths.includes(pathname)) {
      return Response.json(resourceMetadata(publicUrl, inbound))
    }
    if (pathname !== path) return rejectedResponse('not_found', `The server is at ${path}.`, 404)
    if (!inbound) return serve(withoutAuthorization(request), undefined)
    const caller = await authenticate(request, inbound)
    if ('response' in caller) return caller.response
    return serve(withoutAuthorization(request), caller.authInfo)
  }

  async function serve(request: Request, authInfo: AuthInfo | undefined): Promise<Response> {
    const isOld = await isLegacyRequest(request, undefined, { maxRequestBodySize: MAX_BODY_BYTES })
    const answer = isOld ? await sessions.fetch(request, authInfo) : undefined
    return answer ?? mcp.fetch(request, authInfo && { authInfo })
  }

  return {
    fetch: async (request) =>
      refuseForeignWeb(request, guard) ?? withCors(request, await route(request)),
    async close() {
      await Promise.all([mcp.close(), sessions.close()])
    },
  }
}

/** The SDK shows the request to tools; the caller's token is none of their business. */
function withoutAuthorization(request: Request): Request {
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  return new Request(request, { headers })
}
