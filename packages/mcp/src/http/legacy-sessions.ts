import { randomUUID } from 'node:crypto'
import {
  type AuthInfo,
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'

interface Session {
  readonly server: McpServer
  readonly transport: WebStandardStreamableHTTPServerTransport
  /** The caller that opened it. Nobody else may use it. */
  readonly caller: string | undefined
}

/** The sessions of clients of 2025 over HTTP. */
export interface LegacySessions {
  /** The answer, or `undefined` for a request that neither opens a session nor belongs to one. */
  fetch(request: Request, authInfo: AuthInfo | undefined): Promise<Response | undefined>
  close(): Promise<void>
}

const MAX_SESSIONS = 100

/**
 * Clients of 2025 cancel a call with a separate message, and only a session connects that message with
 * the call. Without sessions, an approval that comes after the cancellation would still send the call.
 * A new session replaces the one that was not used for the longest time.
 */
export function createLegacySessions(factory: () => McpServer, maxBytes: number): LegacySessions {
  const sessions = new Map<string, Session>()

  async function open(caller: string | undefined): Promise<Session> {
    const server = factory()
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize: maxBytes,
      onsessioninitialized: (id) => void sessions.set(id, { server, transport, caller }),
      onsessionclosed: (id) => void sessions.delete(id),
    })
    await server.connect(transport)
    return { server, transport, caller }
  }

  function makeRoom(): void {
    for (const [id, { server }] of sessions) {
      if (sessions.size < MAX_SESSIONS) return
      sessions.delete(id)
      void server.close().catch(() => undefined)
    }
  }

  return {
    async fetch(request, authInfo) {
      const caller = authInfo?.clientId
      const options = authInfo && { authInfo }
      const id = request.headers.get('mcp-session-id')
      if (id === null) {
        if (!(await opensSession(request))) return undefined
        makeRoom()
        const { transport } = await open(caller)
        return transport.handleRequest(request, options)
      }
      const session = sessions.get(id)
      if (!session || session.caller !== caller) return sessionNotFound()
      // Moved to the end, so that the first session is the one to replace.
      sessions.delete(id)
      sessions.set(id, session)
      return session.transport.handleRequest(request, options)
    },
    async close() {
      const open = [...sessions.values()]
      sessions.clear()
      await Promise.allSettled(open.map(({ server }) => server.close()))
    },
  }
}

/** A body that is not JSON opens no session. The SDK's handler, which comes next, rejects it. */
async function opensSession(request: Request): Promise<boolean> {
  if (request.method !== 'POST') return false
  try {
    return isInitializeRequest(await request.clone().json())
  } catch {
    return false
  }
}

/** The client must then open a new session (MCP 2025-11-25, transports, session management). */
function sessionNotFound(): Response {
  const error = { code: -32001, message: 'Session not found' }
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 })
}
