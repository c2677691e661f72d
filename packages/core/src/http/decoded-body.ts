import { Readable } from 'node:stream'
import type { Gunzip } from 'node:zlib'
import { HttpFailure } from './http-failure.ts'
import type { TransportResponse } from './transport.ts'

/** Loaded with the first encoded body: it takes a tenth of the time that an import of core takes. */
const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib')

const decoders = new Map<string, () => Gunzip>([
  ['gzip', () => zlib().createGunzip()],
  ['x-gzip', () => zlib().createGunzip()],
  ['deflate', () => zlib().createInflate()],
  ['br', () => zlib().createBrotliDecompress()],
])

/** Refuses an encoding that is unknown, and several on top of each other: no client of this package asks for any. */
export function assertDecodable(response: TransportResponse): void {
  decoderOf(response)
}

/** The decoded body, piece by piece, so that a decompression bomb never exceeds the limit in memory. */
export function decoded(response: TransportResponse): AsyncIterable<Uint8Array> {
  const createDecoder = decoderOf(response)
  if (!createDecoder) return response.body
  const decoder = createDecoder()
  const source = Readable.from(response.body)
  source.on('error', (error) => decoder.destroy(error))
  decoder.on('close', () => source.destroy())
  return source.pipe(decoder)
}

/** `undefined` for a body that is not encoded. */
function decoderOf({ headers }: TransportResponse): (() => Gunzip) | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (encoding === 'identity') return undefined
  const createDecoder = decoders.get(encoding)
  if (!createDecoder) throw new HttpFailure('invalid_response', true)
  return createDecoder
}
