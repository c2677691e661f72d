import { assertDecodable, decoded } from '#runtime/http/decoded-body'
import type { BoundedSignal } from '../support/bounded-signal.ts'
import type { Clock } from '../support/clock.ts'
import { assertLength, bodyOf } from './answer-body.ts'
import { addAdvice, failureReason, HttpFailure } from './http-failure.ts'
import { type HttpRequest, openResponse, startDeadline } from './send-request.ts'
import type { Transport, TransportResponse } from './transport.ts'

/** Bounds on the wait for a body, in milliseconds. The time that the reader takes does not count. */
export interface StreamTimes {
  /** Longest wait for one piece. */
  readonly idleMs: number
  /** Longest wait for headers and pieces together. */
  readonly totalMs: number
}

export interface StreamedResponse {
  status: number
  /** The reason phrase of HTTP/1.1: text of the server. */
  statusText?: string | undefined
  /** The URL that answered. */
  url: URL
  headers: Readonly<Record<string, string>>
  /** At most `maxBytes` of the request, decoded. */
  body: AsyncIterable<Uint8Array>
  discard(): void
}

/**
 * As `sendRequest`, with the body left to be streamed by the caller, who must read it or discard it.
 * `timeoutMs` of the request is for the headers alone.
 */
export async function streamRequest(
  transport: Transport,
  clock: Clock,
  request: HttpRequest,
  { idleMs, totalMs }: StreamTimes,
): Promise<StreamedResponse> {
  const startedAt = clock.monotonic()
  const bound = startDeadline(clock, request)
  let response: TransportResponse | undefined
  try {
    response = await bound.orAborted(openResponse(transport, request, bound))
    assertReadable(response, request)
    bound.pause()
    const { discard } = releasing(response, bound)
    const leftMs = totalMs - (clock.monotonic() - startedAt)
    const wait = { clock, idleMs, leftMs, url: request.url }
    const body = streamed(decodedWithin(response, request.maxBytes), bound, wait, discard)
    return { ...response, url: request.url, body, discard }
  } catch (error) {
    bound.release()
    response?.discard()
    const reason = failureReason(bound, error, response !== undefined, request.url)
    if (!response) addAdvice(reason, transport.adviceFor, request.url)
    throw reason
  }
}

/** What cannot be handed out as a standard response is refused before its body is read. */
function assertReadable(response: TransportResponse, { method, maxBytes }: HttpRequest): void {
  const { status } = response
  if (status < 200 || status > 599) throw new HttpFailure('invalid_response', true)
  assertLength(response, method, maxBytes)
  assertDecodable(response)
}

function releasing(response: TransportResponse, bound: BoundedSignal): { discard(): void } {
  return {
    discard() {
      bound.release()
      response.discard()
    },
  }
}

async function* decodedWithin(
  response: TransportResponse,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of bodyOf(response, decoded)) {
    size += piece.byteLength
    if (size > maxBytes) throw new HttpFailure('response_too_large', true)
    yield piece
  }
}

interface Wait {
  readonly clock: Clock
  readonly idleMs: number
  readonly leftMs: number
  readonly url: URL
}

async function* streamed(
  pieces: AsyncGenerator<Uint8Array>,
  bound: BoundedSignal,
  { clock, idleMs, leftMs, url }: Wait,
  discard: () => void,
): AsyncGenerator<Uint8Array> {
  let left = leftMs
  try {
    for (;;) {
      const askedAt = clock.monotonic()
      bound.restart(Math.min(idleMs, left))
      const next = await bound.orAborted(pieces.next())
      bound.pause()
      left -= clock.monotonic() - askedAt
      if (next.done) return
      if (left <= 0) throw new HttpFailure('timeout', true)
      yield next.value
    }
  } catch (error) {
    throw failureReason(bound, error, true, url)
  } finally {
    discard()
  }
}
