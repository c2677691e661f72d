import { HttpFailure } from './http-failure.ts'
import type { TransportResponse } from './transport.ts'

/** Refuses a body that is announced as too large. To a HEAD request the length is that of another answer (RFC 9110 section 9.3.2). */
export function assertLength(
  { headers }: TransportResponse,
  method: string,
  maxBytes: number,
): void {
  if (method !== 'HEAD' && Number(headers['content-length']) > maxBytes) {
    throw new HttpFailure('response_too_large', true)
  }
}

/**
 * A response that has no body, whatever its headers say of one: to HEAD, with status 1xx, 204, 205 or 304, or
 * of length 0 (RFC 9110 sections 6.4.1 and 15.3.6). Its headers describe the body of another response.
 */
export function hasNoBody(method: string, { status, headers }: TransportResponse): boolean {
  const isBodiless = status < 200 || status === 204 || status === 205 || status === 304
  return method === 'HEAD' || isBodiless || Number(headers['content-length'] || Number.NaN) === 0
}

/** The response without a body and without what its headers say about one. */
export function withoutBody(response: TransportResponse): TransportResponse {
  const { 'content-encoding': _encoding, 'content-length': _length, ...headers } = response.headers
  return { ...response, headers, body: noPieces(response) }
}

const NO_PIECES: readonly Uint8Array[] = []
const MAX_UNREAD_BYTES = 65_536

async function* noPieces(response: TransportResponse): AsyncGenerator<Uint8Array> {
  await ended(response)
  yield* NO_PIECES
}

/** Waits for the end of the message, after which its connection can be used again. Bytes that come all the same are dropped. */
async function ended({ status, body, discard }: TransportResponse): Promise<void> {
  // Only here may a parser hand out bytes, and there is no telling when they end.
  if (status === 205) return discard()
  let size = 0
  for await (const piece of body) {
    size += piece.byteLength
    if (size > MAX_UNREAD_BYTES) return
  }
}

/**
 * The body, decoded if there is one: a server may name an encoding and send nothing, which no decoder takes.
 */
export function bodyOf(
  response: TransportResponse,
  decode: (response: TransportResponse) => AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return response.headers['content-encoding'] === undefined
    ? response.body
    : decodedIfAny(response, decode)
}

async function* decodedIfAny(
  response: TransportResponse,
  decode: (response: TransportResponse) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const pieces = response.body[Symbol.asyncIterator]()
  const first = await firstPiece(pieces)
  if (first) yield* decode({ ...response, body: startingWith(first, pieces) })
}

async function firstPiece(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await pieces.next()
    if (done) return undefined
    if (value.byteLength > 0) return value
  }
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first
  yield* { [Symbol.asyncIterator]: () => rest }
}
