import { Readable } from 'node:stream'
import { HttpFailure } from './http-failure.ts'
import type { ResponseBody } from './transport.ts'

type Take = (piece: Uint8Array) => void

/**
 * Hands over each piece of a body until its end. What `take` throws ends it at once. The streams of Node.js are
 * read by their events: an iterator costs more than the rest of a small body.
 */
export function eachPiece(body: ResponseBody, take: Take): Promise<void> {
  if (body.readPieces) return body.readPieces(take)
  return body instanceof Readable ? readEvents(body, take) : iterate(body, take)
}

async function iterate(body: ResponseBody, take: Take): Promise<void> {
  for await (const piece of body) take(piece)
}

function readEvents(body: Readable, take: Take): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on('end', resolve)
    body.on('error', reject)
    // Without its end or an error before: the connection is gone. An iterator fails with this code, too.
    body.on('close', () => {
      if (!body.readableEnded) reject(cutOff())
    })
    // It may have failed before anyone listened.
    if (body.destroyed) reject(body.errored ?? cutOff())
    body.on('data', (piece: Uint8Array) => {
      try {
        take(piece)
      } catch (error) {
        reject(error)
        body.destroy()
      }
    })
  })
}

function cutOff(): HttpFailure {
  return new HttpFailure('network_error', true, 'ERR_STREAM_PREMATURE_CLOSE')
}
