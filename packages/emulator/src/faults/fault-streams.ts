import { Readable } from 'node:stream'
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib'
import { type Clock, pause } from '../support/clock.ts'

const CHUNK_BYTES = 65_536
const JSON_TYPE = 'application/json; charset=utf-8'

/** The body is produced while it is read, so the emulator does not hold it in memory. */
export function oversize(bytes: number): Response {
  return new Response(toWebStream(Readable.from(paddedJson(bytes))), {
    headers: { 'content-type': JSON_TYPE },
  })
}

const compressors = {
  gzip: createGzip,
  // The default quality takes seconds. This one is fast, and its result is as small.
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  deflate: createDeflate,
}

export async function bomb(encoding: keyof typeof compressors, bytes: number): Promise<Response> {
  const compressed: Uint8Array[] = []
  const compressor = compressors[encoding]()
  for await (const chunk of Readable.from(paddedJson(bytes)).pipe(compressor)) {
    compressed.push(chunk)
  }
  return new Response(Buffer.concat(compressed), {
    headers: { 'content-type': JSON_TYPE, 'content-encoding': encoding },
  })
}

/** Exactly `bytes` bytes (at least 10) of JSON: an object with one long string. */
function* paddedJson(bytes: number): Generator<Uint8Array> {
  const open = Buffer.from('{"pad":"')
  const close = Buffer.from('"}')
  const padding = Buffer.alloc(CHUNK_BYTES, 'x')
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

export function toWebStream(stream: Readable): ReadableStream<Uint8Array> {
  // Readable.toWeb throws an error that cannot be caught when its stream is cancelled half-way.
  return ReadableStream.from(stream)
}
