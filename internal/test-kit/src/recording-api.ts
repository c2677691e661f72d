import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http'
import { startServer, type TestServer } from './http-server.ts'

export interface RecordedRequest {
  readonly method: string
  /** Path and query as they arrived. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface RecordingApi extends TestServer {
  readonly requests: readonly RecordedRequest[]
}

/** Starts an API that records each whole request, and then answers as the test says. Default: `{}`. */
export async function startRecordingApi(
  answer: (response: ServerResponse, request: RecordedRequest) => void = sendJson({}),
): Promise<RecordingApi> {
  const requests: RecordedRequest[] = []
  const listener: RequestListener = (incoming, response) => {
    let body = ''
    incoming.on('data', (piece) => {
      body += piece
    })
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming
      const request = { method, url, headers, body }
      requests.push(request)
      answer(response, request)
    })
  }
  const server = await startServer(listener)
  return {
    baseUrl: server.baseUrl,
    get count() {
      return server.count
    },
    requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Answers with JSON: a value, or a text that is sent as it is. */
export function sendJson(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}
