import type { Clock } from '@authsec/core'
import type { ServerContext } from '@modelcontextprotocol/server'

const EVERY_MS = 5_000

/**
 * Tells a client that asked for it, now and every five seconds, that its call is still waited for;
 * many clients give up a silent call after a minute. Returns how to stop.
 */
export function reportProgress(ctx: ServerContext, clock: Clock, message: string): () => void {
  const progressToken = ctx.mcpReq._meta?.progressToken
  if (progressToken === undefined) return () => undefined
  let progress = 0
  let cancel: () => void = () => undefined
  const tell = (): void => {
    progress += 1
    const params = { progressToken, progress, message }
    // A client that has gone is noticed by its signal; a lost note about progress is no failure.
    ctx.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
    cancel = clock.setTimeout(tell, EVERY_MS, { keepAlive: false })
  }
  tell()
  return () => cancel()
}
