import type { BoundedSignal } from '../support/bounded-signal.ts'
import type { Clock } from '../support/clock.ts'
import { decoded } from './decoded-body.ts'
import { failureReason } from './http-failure.ts'
import { type HttpRequest, openResponse, startDeadline } from './send-request.ts'
import type { Transport, TransportResponse } from './transport.ts'

export interface StreamedResponse {
  status: number
  headers: Readonly<Record<string, string>>
  /** The time that the reader takes does not count towards the deadline of a piece. */
  body: AsyncIterable<Uint8Array>
  discard(): void
}

/**
 * As `sendRequest`, with the body left to be streamed by the caller, who must read it or discard it.
 * Each piece of it must arrive within `pieceTimeoutMs`.
 */
export async function streamRequest(
  transport: Transport,
  clock: Clock,
  request: Omit<HttpRequest, 'maxBytes'>,
  pieceTimeoutMs: number,
): Promise<StreamedResponse> {
  const bound = startDeadline(clock, request)
  try {
    const response = await openResponse(transport, request, bound)
    bound.pause()
    const discard = (): void => {
      bound.release()
      response.discard()
    }
    return { ...response, body: streamed(response, bound, pieceTimeoutMs), discard }
  } catch (error) {
    bound.release()
    throw failureReason(bound, error, false)
  }
}

async function* streamed(
  response: TransportResponse,
  bound: BoundedSignal,
  pieceTimeoutMs: number,
): AsyncGenerator<Uint8Array> {
  const pieces = decoded(response)[Symbol.asyncIterator]()
  try {
    for (;;) {
      bound.restart(pieceTimeoutMs)
      const next = await Promise.race([pieces.next(), bound.aborted])
      bound.pause()
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    throw failureReason(bound, error, true)
  } finally {
    bound.release()
    response.discard()
  }
}
