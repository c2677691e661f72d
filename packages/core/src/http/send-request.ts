import { decoded } from '#runtime/http/decoded-body'
import { eachPiece } from '#runtime/http/each-piece'
import { Buffer } from '#runtime/platform/bytes'
import { isSecureUrl } from '../network/network-guard.ts'
import {
  type BoundedSignal,
  type Cancellation,
  createBoundedSignal,
} from '../support/bounded-signal.ts'
import type { Clock } from '../support/clock.ts'
import { userAgent } from '../support/user-agent.ts'
import { assertLength, bodyOf, hasNoBody, withoutBody } from './answer-body.ts'
import { addAdvice, failureReason, HttpFailure, plainToTls } from './http-failure.ts'
import type { RequestBody, Transport, TransportResponse } from './transport.ts'

export interface HttpRequest {
  method: string
  url: URL
  headers: Readonly<Record<string, string>>
  body?: RequestBody | undefined
  /** Bound on the whole exchange, connection to last byte, in milliseconds. */
  timeoutMs: number
  /** Bound on the decoded body, in bytes. */
  maxBytes: number
  signal?: AbortSignal | undefined
  /** Whether a header has a key that is this one call's: all its attempts are one execution, and another call has another key. */
  isKeyed?: boolean | undefined
  /** Whether the deadline keeps the process alive. Default: true. */
  keepAlive?: boolean
}

export interface HttpResponse {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/**
 * One request, one answer: bounded in time and size, never redirected, never over plain http beyond
 * this machine. Throws `HttpFailure`, or the signal's reason when the caller aborts.
 */
export async function sendRequest(
  transport: Transport,
  clock: Clock,
  request: HttpRequest,
): Promise<HttpResponse> {
  const bound = startDeadline(clock, request)
  const opened: Opened = {}
  try {
    return await bound.orAborted(exchange(transport, request, bound, opened))
  } catch (error) {
    const { response } = opened
    response?.discard()
    const reason = failureReason(bound, error, response !== undefined, request.url)
    if (!response) addAdvice(reason, transport.adviceFor, request.url)
    if (response && reason instanceof HttpFailure && !reason.mismatch) {
      const { status, headers } = response
      reason.answer = { method: request.method, status, headers }
    }
    throw reason
  } finally {
    bound.release()
  }
}

/** What has arrived, for whoever ends the exchange from outside. */
interface Opened {
  response?: TransportResponse
}

async function exchange(
  transport: Transport,
  request: HttpRequest,
  cancellation: Cancellation,
  opened: Opened,
): Promise<HttpResponse> {
  const response = await openResponse(transport, request, cancellation)
  opened.response = response
  const body = await readBody(response, request)
  assertNotForTls(request, response, body)
  return { status: response.status, headers: response.headers, body }
}

export function startDeadline(clock: Clock, request: HttpRequest): BoundedSignal {
  if (!isSecureUrl(request.url)) throw new HttpFailure('tls_error', false)
  return createBoundedSignal({
    clock,
    ms: request.timeoutMs,
    signal: request.signal,
    keepAlive: request.keepAlive ?? true,
    reason: () => new HttpFailure('timeout', true),
  })
}

/** Sends the request. The caller waits no longer than its bound. */
export async function openResponse(
  transport: Transport,
  request: HttpRequest,
  cancellation: Cancellation,
): Promise<TransportResponse> {
  const { method, url, body } = request
  // No compression is requested, because it would have to be bounded; a compressed body is bounded anyway.
  const headers = {
    'accept-encoding': 'identity',
    'user-agent': userAgent(),
    ...request.headers,
  }
  const response = await transport({ method, url, headers, body, cancellation })
  if (cancellation.isAborted) {
    // A transport that ignores the signal can answer when nobody waits any more.
    response.discard()
    throw cancellation.reason
  }
  if (response.status >= 300 && response.status < 400 && response.status !== 304) {
    response.discard()
    throw new HttpFailure('redirect_blocked', true, undefined, response.headers['location'])
  }
  return hasNoBody(method, response) ? withoutBody(response) : response
}

async function readBody(
  response: TransportResponse,
  { method, maxBytes }: HttpRequest,
): Promise<Buffer> {
  assertLength(response, method, maxBytes)
  const chunks: Uint8Array[] = []
  let size = 0
  await eachPiece(bodyOf(response, decoded), (chunk) => {
    size += chunk.byteLength
    if (size > maxBytes) throw new HttpFailure('response_too_large', true)
    chunks.push(chunk)
  })
  const [only] = chunks
  if (!only || chunks.length > 1) return Buffer.concat(chunks, size)
  return Buffer.isBuffer(only) ? only : Buffer.from(only.buffer, only.byteOffset, only.byteLength)
}

const ASKS_FOR_TLS =
  /plain HTTP request|speaking plain HTTP|HTTP request to an HTTPS server|requires TLS\b/i

/** What nginx, Apache, Go and Tomcat answer to plain http on a port for TLS: no API has read the request. */
function assertNotForTls({ url }: HttpRequest, { status }: TransportResponse, body: Buffer): void {
  if (url.protocol !== 'http:' || status !== 400) return
  if (ASKS_FOR_TLS.test(body.toString('latin1', 0, 2_048))) throw plainToTls()
}
