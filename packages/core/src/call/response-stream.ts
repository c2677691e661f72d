import type { StreamedResponse } from '../http/stream-request.ts'
import type { Resource } from '../policy/resource-policy.ts'
import { asResourceError } from './transport-error.ts'

/** Calls `ended` once: when the body has been read, was cancelled, or failed. */
export function toResponse(
  { status, headers, discard }: StreamedResponse,
  body: AsyncGenerator<Uint8Array>,
  resource: Resource,
  ended: (error: unknown) => void,
): Response {
  const { 'content-encoding': _decoded, 'content-length': _encoded, ...rest } = headers
  if (status === 204 || status === 205 || status === 304) {
    discard()
    ended(undefined)
    return new Response(null, { status, headers: rest })
  }
  return new Response(bodyStream(body, resource, discard, ended), { status, headers: rest })
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
