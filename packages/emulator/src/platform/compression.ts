import { Readable } from 'node:stream'
import {
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
} from 'node:zlib'

/** The content encodings of the emulator. Other runtimes get `compression.web.ts`. */
export type Encoding = 'gzip' | 'br' | 'deflate'

const compressors = {
  gzip: createGzip,
  // The default quality takes seconds. This one is fast, and its result is as small.
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  deflate: createDeflate,
}

/** Compresses while it reads, and holds nothing but the result. */
export async function compressed(
  chunks: Iterable<Uint8Array>,
  encoding: Encoding,
): Promise<Uint8Array<ArrayBuffer>> {
  const result: Uint8Array[] = []
  for await (const chunk of Readable.from(chunks).pipe(compressors[encoding]())) result.push(chunk)
  return Buffer.concat(result)
}

const decoders = { gzip: createGunzip, br: createBrotliDecompress, deflate: createInflate }

export function decompressed(
  body: ReadableStream<Uint8Array>,
  encoding: Encoding,
): ReadableStream<Uint8Array> {
  const decoder = decoders[encoding]()
  const source = Readable.fromWeb(body)
  source.on('error', (error) => decoder.destroy(error))
  // Readable.toWeb throws an error that cannot be caught when its stream is cancelled half-way.
  return ReadableStream.from(source.pipe(decoder))
}
