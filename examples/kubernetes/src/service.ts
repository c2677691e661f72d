import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { AuthSecError, type AuthSecPool } from '@authsec/core'

export interface Service {
  readonly server: Server
  /** Takes no new calls, finishes those that run, and resolves when they have ended or `ms` are over. */
  drain(ms: number): Promise<void>
}

export interface ServiceParts {
  readonly pool: AuthSecPool
  /** Client IDs by the names that callers use. */
  readonly agents: ReadonlyMap<string, string>
  /** Shown by `/readyz`, where it decides nothing. */
  readonly storeStatus: () => string
}

/** `GET /agents/NAME/metrics` asks the API as this agent; `/healthz` and `/readyz` are for the kubelet. */
export function createService({ pool, agents, storeStatus }: ServiceParts): Service {
  let isDraining = false

  const server = createServer((request, response) => {
    // Else a client goes on with this connection, and its next call finds nobody.
    if (isDraining) response.setHeader('connection', 'close')
    answer(request, response).catch((error: unknown) => {
      console.error(`A call failed with ${error instanceof Error ? error.name : 'an error'}.`)
      send(response, 500, { error: 'internal' })
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = URL.parse(request.url ?? '/', 'http://service.invalid')?.pathname ?? ''
    if (pathname === '/healthz') return send(response, 200, { status: 'alive' })
    // The store is not asked: without it every pod still answers, so a pod that leaves would only take capacity away,
    // and all pods would leave at once.
    if (pathname === '/readyz') {
      const status = isDraining ? 'draining' : 'ready'
      return send(response, isDraining ? 503 : 200, { status, store: storeStatus() })
    }
    const clientId = agents.get(/^\/agents\/([^/]+)\/metrics$/.exec(pathname)?.[1] ?? '')
    if (request.method !== 'GET' || !clientId) return send(response, 404, { error: 'unknown' })
    return callApi(clientId, response)
  }

  async function callApi(clientId: string, response: ServerResponse): Promise<void> {
    const caller = new AbortController()
    response.once('close', () => caller.abort())
    try {
      const { data } = await pool
        .client(clientId)
        .secureFetch({ endpoint: 'metrics', permission: 'metrics:read', signal: caller.signal })
      send(response, 200, data)
    } catch (error) {
      if (caller.signal.aborted) return
      if (!AuthSecError.isInstance(error)) throw error
      send(response, error.retryable ? 503 : 502, { error: error.code })
    }
  }

  return {
    server,
    async drain(ms) {
      isDraining = true
      if (!server.listening) return
      const ended = once(server, 'close')
      server.close()
      const timer = setTimeout(() => server.closeAllConnections(), ms)
      await ended.finally(() => clearTimeout(timer))
    },
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
