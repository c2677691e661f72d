import type { ServerContext } from '@modelcontextprotocol/server'

/**
 * Aborts when the client cancels the call, closes its connection or, over HTTP, goes away. A session
 * outlives its connections, so the SDK alone would let the call run on without a client.
 */
export function signalOf({ mcpReq, http }: ServerContext): AbortSignal {
  const gone = http?.req?.signal
  return gone ? AbortSignal.any([mcpReq.signal, gone]) : mcpReq.signal
}

/** Whether the call ended because its HTTP connection did. The client may not know, and come back. */
export function hasLostConnection({ http }: ServerContext): boolean {
  return http?.req?.signal.aborted ?? false
}
