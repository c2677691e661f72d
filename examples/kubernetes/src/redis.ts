import { once } from 'node:events'
import { Redis } from 'ioredis'

/** How long a start waits for Redis. Without it the service works, and each process asks AuthSec itself. */
const START_MS = 2_000

/** @param url - With the name of the user; the password comes apart, from a Secret. */
export async function connectRedis(url: string, password: string | undefined): Promise<Redis> {
  const address = new URL(url)
  // The client decodes it: `%41` is to stay what it is.
  if (password !== undefined) address.password = encodeURIComponent(password)
  const redis = new Redis(address.href, {
    // A call must not wait for a server that is away: it goes on without the store at once.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: START_MS,
    // The user of the store may not use INFO.
    enableReadyCheck: false,
  })
  const report = onceEach((reason: string) => console.warn(`redis: ${reason}`))
  redis.on('error', (error: Error) => report(causeOf(error)))
  redis.on('ready', () => report('connected'))
  await once(redis, 'ready', { signal: AbortSignal.timeout(START_MS) }).catch(() => undefined)
  return redis
}

/** `ECONNREFUSED`, or the word that an error of the server begins with, such as `WRONGPASS`: the rest may name a user. */
function causeOf(error: Error): string {
  return String(Reflect.get(error, 'code') ?? /^[A-Z]+/.exec(error.message)?.[0] ?? error.name)
}

/** A server that is away for an hour is one line of the log. */
function onceEach(write: (text: string) => void): (text: string) => void {
  let last: string | undefined
  return (text) => {
    if (text !== last) write(text)
    last = text
  }
}
