import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type {
  Dispatcher,
  DispatcherRequest,
  DispatcherResponse,
  Transport,
  TransportRequest,
  TransportResponse,
} from '../http/transport.ts'

/**
 * The program's own dispatcher. It sends by its own method: handlers of one version of undici do not fit
 * the dispatchers of another, which at best refuse them and at worst never answer.
 */
export function createDispatcherTransport(dispatcher: Dispatcher): Transport {
  return async (call) => {
    // Agents of undici 6 and redirect interceptors of all versions follow redirects unless told otherwise.
    const { signal } = call.cancellation
    const options = { ...requestOf(call), signal, maxRedirections: 0 }
    return answerOf(await dispatcher.request(options))
  }
}

/** A body as undici takes it. */
export function sentBody(body: TransportRequest['body']): DispatcherRequest['body'] {
  return body instanceof ReadableStream ? Readable.fromWeb(body as NodeStream) : (body ?? null)
}

/** Without the signal, which is made when it is read: a handler of ours needs none. */
export function requestOf({
  url,
  method,
  headers,
  body,
}: TransportRequest): Omit<DispatcherRequest, 'signal'> {
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    // The type knows fewer methods than HTTP.
    method: method as 'GET',
    headers,
    body: sentBody(body),
  }
}

export function answerOf({
  statusCode,
  statusText,
  headers,
  body,
}: DispatcherResponse): TransportResponse {
  return {
    status: statusCode,
    statusText,
    headers: flatHeaders(headers),
    body,
    discard() {
      body.on('error', () => undefined)
      body.destroy()
    },
  }
}

/** Names in lower case, each with one text. */
export function flatHeaders(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string> {
  const flat: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = String(value)
  }
  return flat
}
