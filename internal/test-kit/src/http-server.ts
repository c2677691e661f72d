import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestServer extends AsyncDisposable {
  readonly baseUrl: string
  /** The number of requests so far. */
  readonly count: number
}

/** Starts a server on 127.0.0.1 whose answers the test writes. */
export async function startServer(listener: RequestListener): Promise<TestServer> {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    get count() {
      return count
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
