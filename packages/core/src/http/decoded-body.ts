import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, type Gunzip } from 'node:zlib'
import { HttpFailure } from './http-failure.ts'
import type { TransportResponse } from './transport.ts'

const decoders = new Map<string, () => Gunzip>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

/** The decoded body, piece by piece, so that a decompression bomb never exceeds the limit in memory. */
export function decoded(response: TransportResponse): AsyncIterable<Uint8Array> {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (encoding === 'identity') return response.body
  const createDecoder = decoders.get(encoding)
  if (!createDecoder) throw new HttpFailure('invalid_response', true)
  const decoder = createDecoder()
  const source = Readable.from(response.body)
  source.on('error', (error) => decoder.destroy(error))
  decoder.on('close', () => source.destroy())
  return source.pipe(decoder)
}
