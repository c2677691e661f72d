import { randomUUID } from 'node:crypto'
import type { AuthSecClient } from '@authsec/core'
import {
  type AuthInfo,
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { Acting } from './acting-client.ts'

interface Session {
  readonly server: McpServer
  /** The agent whose tools it has. */
  readonly client: AuthSecClient
  readonly transport: WebStandardStreamableHTTPServerTransport
  /** The verified subject that opened it. Nobody else may use it. */
  readonly subject: string | undefined
  /** Whose share of the sessions it counts towards. */
  readonly holder: string
}

/** Who sends a request: a verified subject, or an address when callers are not verified; and who acts for it. */
export interface Caller {
  readonly acting: Acting
  readonly authInfo: AuthInfo | undefined
  readonly address: string | undefined
}

/** The sessions of clients of 2025 over HTTP. */
export interface LegacySessions {
  /** The answer, or `undefined` for a request that neither opens a session nor belongs to one. */
  fetch(request: Request, caller: Caller): Promise<Response | undefined>
  close(): Promise<void>
}

const MAX_SESSIONS = 100

/**
 * Clients of 2025 cancel a call with a separate message, and only a session connects that message with
 * the call. Without sessions, an approval that comes after the cancellation would still send the call.
 * When there are too many sessions, the caller with most of them loses the one that it did not use for
 * the longest time. So nobody can end the sessions of a caller who has fewer. A session is of the caller who opened it,
 * and of the agent that acted then: when another one acts for the caller, it opens another session.
 */
export function createLegacySessions(maxBytes: number): LegacySessions {
  const sessions = new Map<string, Session>()

  async function open({ acting, authInfo, address }: Caller): Promise<Session> {
    const subject = authInfo?.clientId
    const holder = subject === undefined ? `address ${address}` : `subject ${subject}`
    const { client } = acting
    const server = acting.factory()
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize: maxBytes,
      onsessioninitialized(id) {
        makeRoom(holder)
        sessions.set(id, session)
      },
      onsessionclosed: (id) => void sessions.delete(id),
    })
    const session: Session = { server, client, transport, subject, holder }
    await server.connect(transport)
    return session
  }

  function makeRoom(holder: string): void {
    if (sessions.size < MAX_SESSIONS) return
    const largest = largestHolder(sessions.values(), holder)
    const all = [...sessions]
    // A caller without a session replaces the oldest one when nobody has more than one.
    const oldest = all.find(([, session]) => session.holder === largest) ?? all[0]
    if (!oldest) return
    sessions.delete(oldest[0])
    void oldest[1].server.close().catch(() => undefined)
  }

  return {
    async fetch(request, caller) {
      const { authInfo, acting } = caller
      const options = authInfo && { authInfo }
      const id = request.headers.get('mcp-session-id')
      if (id === null) {
        if (!(await opensSession(request))) return undefined
        const { transport } = await open(caller)
        return transport.handleRequest(request, options)
      }
      const session = sessions.get(id)
      if (!session || session.subject !== authInfo?.clientId) return sessionNotFound()
      if (session.client !== acting.client) return sessionNotFound()
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

/** The holder of most sessions. Among equals it is the one that opens another. */
function largestHolder(sessions: Iterable<Session>, opening: string): string {
  const counts = new Map([[opening, 1]])
  for (const { holder } of sessions) counts.set(holder, (counts.get(holder) ?? 0) + 1)
  let largest = opening
  for (const [holder, count] of counts) {
    if (count > (counts.get(largest) ?? 0)) largest = holder
  }
  return largest
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
