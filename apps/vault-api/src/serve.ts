import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'

export type FetchHandler = (request: Request) => Response | Promise<Response>

export interface RunningServer {
  /** Ends in `/`. */
  readonly url: string
  close(): void
}

/** Listens on 127.0.0.1, then creates the handler for the resulting URL. Rejects when the port is in use. */
export async function serve(
  port: number,
  createHandler: (url: string) => FetchHandler,
): Promise<RunningServer> {
  let handler: FetchHandler = () => new Response(null, { status: 503 })
  const server = createAdaptorServer({ fetch: (request: Request) => handler(request) })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const close = (): void => void server.close()
  try {
    handler = createHandler(url)
  } catch (error) {
    close()
    throw error
  }
  return { url, close }
}
