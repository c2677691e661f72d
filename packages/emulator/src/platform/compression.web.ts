import { ConfigError } from '../errors.ts'
import { streamOf } from '../support/stream-of.ts'
import type { Encoding } from './compression.ts'

/** As `compression.ts`, with the streams that all runtimes have. They know no Brotli. */
export async function compressed(
  chunks: Iterable<Uint8Array>,
  encoding: Encoding,
): Promise<Uint8Array<ArrayBuffer>> {
  const compressor = new CompressionStream(formatOf(encoding))
  const response = new Response(streamOf(chunks).pipeThrough(compressor))
  return new Uint8Array(await response.arrayBuffer())
}

export function decompressed(
  body: ReadableStream<Uint8Array>,
  encoding: Encoding,
): ReadableStream<Uint8Array> {
  return body.pipeThrough(new DecompressionStream(formatOf(encoding)))
}

function formatOf(encoding: Encoding): 'gzip' | 'deflate' {
  if (encoding !== 'br') return encoding
  throw new ConfigError({
    code: 'config_invalid',
    message: 'This runtime has no Brotli.',
    hint: 'Use the encoding gzip, or run the emulator on Node.js.',
  })
}
