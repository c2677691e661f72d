import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Longer than any bench: a connection that waits for its turn must not be closed, while a request is sent. */
export const KEEP_ALIVE_MS = 3_600_000

/** Listens on a free port of this computer, and returns the origin. */
export async function listen(server: Server): Promise<string> {
  server.keepAliveTimeout = KEEP_ALIVE_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
