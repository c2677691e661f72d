import { HttpFailure } from './http-failure.ts'
import type { TransportResponse } from './transport.ts'

/** `fetch` has decoded a body before it is read here, and its transport has removed the header: one that is left names an encoding that nobody decodes. */
export function assertDecodable({ headers }: TransportResponse): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (encoding !== 'identity') throw new HttpFailure('invalid_response', true)
}

/** The decoded body, piece by piece. */
export function decoded(response: TransportResponse): AsyncIterable<Uint8Array> {
  assertDecodable(response)
  return response.body
}
