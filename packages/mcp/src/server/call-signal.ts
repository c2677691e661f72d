import type { ServerContext } from '@modelcontextprotocol/server'

/**
 * Ends with the call: when the client cancels it, closes its connection or, over HTTP, goes away. A
 * session outlives its connections, so the SDK would let the call run on for nobody.
 */
export function signalOf({ mcpReq, http }: ServerContext): AbortSignal {
  const gone = http?.req?.signal
  return gone ? AbortSignal.any([mcpReq.signal, gone]) : mcpReq.signal
}
