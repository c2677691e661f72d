import type { ResponseBody } from './transport.ts'

/** Hands over each piece of a body until its end. What `take` throws ends it at once. */
export async function eachPiece(
  body: ResponseBody,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  if (body.readPieces) return body.readPieces(take)
  for await (const piece of body) take(piece)
}
