import type { Clock } from '@authsec/core'
import type { ServerContext } from '@modelcontextprotocol/server'

const EVERY_MS = 5_000

/** Tells a client that asked for it how its call stands. */
export interface Progress {
  /** Says something new at once. */
  tell(message: string): void
  stop(): void
}

/** Sends progress now and every five seconds, because many clients give up a call after a minute of silence. */
export function reportProgress(ctx: ServerContext, clock: Clock, message: string): Progress {
  const progressToken = ctx.mcpReq._meta?.progressToken
  if (progressToken === undefined) return { tell: () => undefined, stop: () => undefined }
  let progress = 0
  let told = message
  let isOver = false
  let cancel: () => void = () => undefined
  const send = (): void => {
    cancel()
    progress += 1
    const params = { progressToken, progress, message: told }
    // The call's signal reports a client that has gone. A lost notification fails no call.
    ctx.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined)
    cancel = clock.setTimeout(send, EVERY_MS, { keepAlive: false })
  }
  send()
  return {
    tell(message) {
      if (isOver || message === told) return
      told = message
      send()
    },
    stop() {
      isOver = true
      cancel()
    },
  }
}
