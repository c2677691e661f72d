import type { FetchLike, Transport, TransportResponse } from '../http/transport.ts'
import { hasDecoded } from '../platform/fetch-decoding.ts'
import { notAResponse } from './mistake-error.ts'

/** A fetch function as transport. It decodes bodies: `headersOf` says what is left of an encoding. */
export function createFetchTransport(fetch: FetchLike): Transport {
  return async ({ url, method, headers, body, cancellation }) => {
    const response = await fetch(url.href, {
      method,
      headers,
      body: body ?? null,
      signal: cancellation.signal,
      redirect: 'manual',
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    })
    assertResponse(response)
    return {
      // Browsers hide a redirect behind status 0; it stays a redirect.
      status: response.type === 'opaqueredirect' ? 302 : response.status,
      statusText: response.statusText,
      headers: headersOf(response.headers),
      ...bodyOf(response),
    }
  }
}

/**
 * An encoding that `fetch` does not decode, and several on top of each other, stay named, and are refused. The length is
 * that of the body which is read, unless `fetch` has decoded it.
 */
function headersOf(headers: Headers): Record<string, string> {
  const { 'content-encoding': encoding, ...rest } = Object.fromEntries(headers)
  if (encoding === undefined) return rest
  const { 'content-length': _encoded, ...others } = rest
  return hasDecoded(encoding) ? others : { ...others, 'content-encoding': encoding }
}

/** By its members, because a function may use the `Response` class of another library. */
function assertResponse(value: unknown): asserts value is Response {
  const { status, headers, body }: Partial<Response> = Object(value)
  const isReadable = body == null || typeof body.getReader === 'function'
  if (typeof status === 'number' && isIterable(headers) && isReadable) return
  throw notAResponse()
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/** Through a reader of its own: a stream that is being iterated over is locked, and cannot be cancelled. */
function bodyOf({ body }: Response): Pick<TransportResponse, 'body' | 'discard'> {
  const reader = body?.getReader()
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      yield next.value
    }
  }
  return {
    body: pieces(),
    discard() {
      reader?.cancel().catch(() => undefined)
    },
  }
}
