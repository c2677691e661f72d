import type { StreamedResponse } from '../http/stream-request.ts'
import type { Resource } from '../policy/resource-policy.ts'
import { asResourceError } from './transport-error.ts'

/** What a status line may carry (RFC 9112 section 4); the constructor of `Response` throws for anything else. */
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Calls `ended` once: when the body has been read, was cancelled, or failed. */
export function toResponse(
  { status, statusText: sent = '', headers, discard }: StreamedResponse,
  body: AsyncGenerator<Uint8Array>,
  resource: Resource,
  ended: (error: unknown) => void,
): Response {
  const { 'content-encoding': _decoded, 'content-length': _encoded, ...rest } = headers
  const statusText = REASON_PHRASE.test(sent) ? sent : ''
  if (status === 204 || status === 205 || status === 304) {
    discard()
    ended(undefined)
    return new Response(null, { status, statusText, headers: rest })
  }
  const stream = bodyStream(body, resource, discard, ended)
  return new Response(stream, { status, statusText, headers: rest })
}

/** Adds what the constructor of `Response` cannot say, to the response and to every copy of it. */
export function withAddress(
  response: Response,
  url: URL,
  redirected: boolean,
  seen: (response: Response) => void,
): Response {
  const address = new URL(url)
  address.hash = ''
  const clone = (): Response => {
    return withAddress(Response.prototype.clone.call(response), address, redirected, seen)
  }
  seen(response)
  return Object.defineProperties(response, {
    url: { value: address.href, configurable: true },
    redirected: { value: redirected, configurable: true },
    clone: { value: clone, configurable: true, writable: true },
  })
}

/** Not `ReadableStream.from`, which does not tell a generator that has not started about a cancellation. */
function bodyStream(
  body: AsyncGenerator<Uint8Array>,
  resource: Resource,
  discard: () => void,
  ended: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  let isCancelled = false
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await body.next()
          if (isCancelled) return
          if (!piece.done) return controller.enqueue(piece.value)
          controller.close()
          ended(undefined)
        } catch (cause) {
          if (isCancelled) return
          const error = asResourceError(cause, resource)
          controller.error(error)
          ended(error)
        }
      },
      cancel() {
        isCancelled = true
        discard()
        ended(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
