import {
  type AuthInfo,
  createMcpHandler,
  isLegacyRequest,
  type McpServer,
} from '@modelcontextprotocol/server'
import { asError, INTERNAL_ERROR } from '../server/internal-error.ts'
import type { Acting, ActingFor, McpCaller } from './acting-client.ts'
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

/** Serves `publicUrl` and its metadata, with the servers of whoever acts for a caller. */
export function createHttpHandler(
  actingFor: ActingFor,
  { publicUrl, inbound, onError, allowedHosts = [], allowedOrigins }: HttpSite,
): AuthSecMcpHandler {
  const sessions = createLegacySessions(MAX_BODY_BYTES)
  /** By the verified caller of one request, which the SDK passes on as it is. The request itself it may copy. */
  const acts = new WeakMap<AuthInfo, Acting>()
  const mcp = createMcpHandler(({ authInfo }) => serverOf(authInfo), {
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
    const bare = withoutAuthorization(request)
    if (!inbound) return serveAs(undefined, bare, { authInfo: undefined, address })
    const found = await authenticate(request, inbound)
    if ('response' in found) return found.response
    const { authInfo, tenantId } = found
    const { clientId: subject, scopes: permissions } = authInfo
    const caller = { subject, permissions, tenantId, headers: new Headers(bare.headers) }
    return serveAs(caller, bare, { authInfo, address })
  }

  /** Nobody acts for a caller that the program does not know, and nobody when the program is mistaken. */
  async function serveAs(
    caller: McpCaller | undefined,
    request: Request,
    from: Omit<Caller, 'acting'>,
  ): Promise<Response> {
    let acting: Acting | undefined
    try {
      acting = actingFor(caller)
    } catch (error) {
      onError?.(asError(error))
      return rejectedResponse('internal_error', INTERNAL_ERROR.message, 500)
    }
    if (!acting) return rejectedResponse('caller_unknown', CALLER_UNKNOWN)
    return serve(request, { ...from, acting })
  }

  async function serve(request: Request, caller: Caller): Promise<Response> {
    const { authInfo, acting } = caller
    const limit = { maxRequestBodySize: MAX_BODY_BYTES }
    const isLegacy = await isLegacyRequest(request, undefined, limit)
    const answer = isLegacy ? await sessions.fetch(request, caller) : undefined
    if (answer) return answer
    if (authInfo) acts.set(authInfo, acting)
    return mcp.fetch(request, authInfo && { authInfo })
  }

  /** Fails where nobody knows who acts in the request: it is served as nobody else. */
  function serverOf(authInfo: AuthInfo | undefined): McpServer {
    const acting = authInfo ? acts.get(authInfo) : actingFor(undefined)
    if (!acting) throw new TypeError('Nobody acts in this request.')
    return acting.factory()
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

const CALLER_UNKNOWN = 'No agent of this server acts for this caller.'

/** The SDK shows the request to tools, and the caller's token was not issued for them. */
function withoutAuthorization(request: Request): Request {
  if (!request.headers.has('authorization')) return request
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  return new Request(request, { headers })
}
