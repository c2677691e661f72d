import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthSecClient } from '@authsec/core'
import type { Emulator, EmulatorOptions } from '@authsec/emulator'
import { startServer, type TestServer, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll } from 'vitest'

export interface Api extends AsyncDisposable {
  readonly emulator: Emulator
  readonly client: AuthSecClient
  readonly server: TestServer
  /** The resource's base URL. */
  readonly baseUrl: string
  /** Path and query of each request, in order. */
  readonly asked: string[]
}

export type Answer = (url: URL, response: ServerResponse, request: IncomingMessage) => void

let shared: Promise<Emulator> | undefined
afterAll(async () => (await shared)?.close())

/** One emulator for all tests that do not control it: creating one takes time, because each creates a key. */
function sharedEmulator(): Promise<Emulator> {
  shared ??= testEmulator()
  return shared
}

/** Starts an API over real HTTP for one test. With options, the test gets an emulator of its own too. */
export async function startApi(answer: Answer, options?: EmulatorOptions): Promise<Api> {
  const emulator = await (options ? testEmulator(options) : sharedEmulator())
  const asked: string[] = []
  const server = await startServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api.test')
    asked.push(url.pathname + url.search)
    answer(url, response, request)
  })
  const baseUrl = `${server.baseUrl}/v1/`
  const client = testClient(emulator, { resources: [{ name: 'api', baseUrl }] })
  return {
    emulator,
    client,
    server,
    baseUrl,
    asked,
    async [Symbol.asyncDispose]() {
      await client.close()
      await server[Symbol.asyncDispose]()
      if (options) await emulator.close()
    },
  }
}

export function json(
  response: ServerResponse,
  body: unknown,
  headers: Record<string, string> = {},
  status = 200,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

export const recordsFrom = (first: number, count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `r${first + index}`,
    title: `Record ${first + index}`,
  }))

/** Answers with `total` records in numbered pages of `size`. */
export const numbered =
  (total: number, size: number): Answer =>
  (url, response) => {
    const first = (Number(url.searchParams.get('page')) - 1) * size
    json(response, { items: recordsFrom(first, Math.max(0, Math.min(size, total - first))) })
  }
