import { compressed } from '#runtime/platform/compression'
import type { Encoding } from '../platform/compression.ts'
import { type Clock, pause } from '../support/clock.ts'
import { streamOf } from '../support/stream-of.ts'

const CHUNK_BYTES = 65_536
const JSON_TYPE = 'application/json; charset=utf-8'

/** The body is produced while it is read, so the emulator does not hold it in memory. */
export function oversize(bytes: number): Response {
  return new Response(streamOf(paddedJson(bytes)), {
    headers: { 'content-type': JSON_TYPE },
  })
}

export async function bomb(encoding: Encoding, bytes: number): Promise<Response> {
  return new Response(await compressed(paddedJson(bytes), encoding), {
    headers: { 'content-type': JSON_TYPE, 'content-encoding': encoding },
  })
}

/** Exactly `bytes` bytes (at least 10) of JSON: an object with one long string. */
function* paddedJson(bytes: number): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  const open = encoder.encode('{"pad":"')
  const close = encoder.encode('"}')
  const padding = new Uint8Array(CHUNK_BYTES).fill('x'.charCodeAt(0))
  yield open
  for (let left = bytes - open.length - close.length; left > 0; left -= padding.length) {
    yield padding.subarray(0, Math.min(left, padding.length))
  }
  yield close
}

/** The same response, one byte every `ms` milliseconds, so that no idle timeout fires. */
export async function drip(
  response: Response,
  ms: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const unread = new AbortController()
  const stop = AbortSignal.any([signal, unread.signal])
  let sent = 0
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (sent === bytes.length) return controller.close()
        await pause(clock, ms, stop)
        controller.enqueue(bytes.slice(sent, sent + 1))
        sent += 1
      },
      cancel: () => unread.abort(),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, response)
}
