import type { EmulatorSettings } from '../options.ts'
import { type Clock, pause } from '../support/clock.ts'
import { EXPIRES_IN_SECONDS, type PingStatus } from './decidable-request.ts'

/** The one ping that tells a client that its request has ended (CIBA Core 10.2). */
export interface Ping {
  readonly status: PingStatus
  /** Calls `expire` when the lifetime of the request is over, unless the ping was sent before. */
  watch(expire: () => void): void
  /** Sends the ping, unless that was done before. Returns at once. */
  send(): void
}

/** What one ping is made of. The token must not be logged. */
interface PingMessage {
  readonly url: string
  readonly authReqId: string
  readonly token: string
}

export interface Pings {
  /** The ping of a request, or `undefined` without an endpoint or with an empty token. */
  create(authReqId: string, token: string): Ping | undefined
  /** Ends all attempts. From then on every ping fails. */
  stop(): void
}

/** How long one attempt may take. */
const LIMIT_MS = 10_000
/** The pauses before the second and the third attempt. */
const PAUSES_MS = [1_000, 2_000]
/** Statuses below 500 after which another attempt can succeed. */
const TRANSIENT = [408, 429]

export function createPings(
  { clock, notificationUrl: url }: EmulatorSettings,
  secrets: string[],
): Pings {
  const stopped = new AbortController()
  return {
    create(authReqId, token) {
      if (url === undefined || token === '') return undefined
      if (!secrets.includes(token)) secrets.push(token)
      const ended = new AbortController()
      let status: PingStatus = 'waiting'
      return {
        get status() {
          return stopped.signal.aborted && status === 'waiting' ? 'failed' : status
        },
        watch(expire) {
          const cancel = clock.setTimeout(expire, EXPIRES_IN_SECONDS * 1000, { keepAlive: false })
          for (const { signal } of [ended, stopped]) signal.addEventListener('abort', cancel)
        },
        send() {
          if (ended.signal.aborted) return
          ended.abort()
          void deliver({ url, authReqId, token }, clock, stopped.signal).then((isDelivered) => {
            status = isDelivered ? 'delivered' : 'failed'
          })
        },
      }
    },
    stop: () => stopped.abort(),
  }
}

/** Some runtimes have no `setImmediate`. */
const soon: (run: () => void) => unknown = globalThis.setImmediate ?? setTimeout

/** Whether the client accepted the ping in one of three attempts. Never rejects. */
async function deliver(message: PingMessage, clock: Clock, stop: AbortSignal): Promise<boolean> {
  // A request that is decided when it is made is answered first, because its client knows no ID yet.
  await new Promise<void>((resolve) => soon(resolve))
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    if (stop.aborted) return false
    const status = await attempt(message, clock, stop)
    if (status >= 200 && status < 300) return true
    const isTransient = status === 0 || status >= 500 || TRANSIENT.includes(status)
    if (pauseMs === undefined || !isTransient) return false
    await pause(clock, pauseMs, stop, { keepAlive: false }).catch(() => undefined)
  }
  return false
}

/** The status of the client's answer, or 0 when there was none. Follows no redirect. */
async function attempt(message: PingMessage, clock: Clock, stop: AbortSignal): Promise<number> {
  const limit = new AbortController()
  const cancel = clock.setTimeout(() => limit.abort(), LIMIT_MS, { keepAlive: false })
  try {
    const response = await fetch(message.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${message.token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ auth_req_id: message.authReqId }),
      signal: AbortSignal.any([limit.signal, stop]),
    })
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  } finally {
    cancel()
  }
}
