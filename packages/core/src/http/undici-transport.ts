import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { type Dispatcher, request } from 'undici'
import { guardedAgent, type IsBlocked } from './guarded-agent.ts'
import type { Transport } from './transport.ts'

/** `undici.request`, which does not follow redirects, with checked addresses unless a dispatcher is given. */
export function createUndiciTransport(isBlocked: IsBlocked, dispatcher?: Dispatcher): Transport {
  return async ({ url, method, headers, body, signal }) => {
    const response = await request(url, {
      method: method as Dispatcher.HttpMethod,
      headers,
      body: body instanceof ReadableStream ? Readable.fromWeb(body as NodeStream) : (body ?? null),
      signal,
      dispatcher: dispatcher ?? (await guardedAgent(url, isBlocked)),
    })
    return {
      status: response.statusCode,
      statusText: response.statusText,
      headers: flatHeaders(response.headers),
      body: response.body,
      discard() {
        response.body.on('error', () => undefined)
        response.body.destroy()
      },
    }
  }
}

function flatHeaders(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string> {
  const flat: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = String(value)
  }
  return flat
}
