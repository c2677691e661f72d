import type { Clock } from '@authsec/core'
import type { ServerContext } from '@modelcontextprotocol/server'

const EVERY_MS = 5_000

/**
 * Sends progress to a client that asked for it, now and every five seconds, because many clients give
 * up a call after a minute of silence. Returns the function that stops it.
 */
export function reportProgress(ctx: ServerContext, clock: Clock, message: string): () => void {
  const progressToken = ctx.mcpReq._meta?.progressToken
  if (progressToken === undefined) return () => undefined
  let progress = 0
  let cancel: () => void = () => undefined
  const tell = (): void => {
    progress += 1
    const params = { progressToken, progress, message }
    // The call's signal reports a client that has gone. A lost notification fails no call.
    ctx.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
    cancel = clock.setTimeout(tell, EVERY_MS, { keepAlive: false })
  }
  tell()
  return () => cancel()
}
