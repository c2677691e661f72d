import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, type Gunzip } from 'node:zlib'
import { AuthSecError } from '../errors.ts'
import { type BoundedSignal, createBoundedSignal } from '../support/bounded-signal.ts'
import type { Clock } from '../support/clock.ts'
import { isSecureUrl } from './network-guard.ts'
import type { Transport, TransportResponse } from './transport.ts'

export interface HttpRequest {
  method: string
  url: URL
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array<ArrayBuffer> | undefined
  /** Bound on the whole exchange, connection to last byte, in milliseconds. */
  timeoutMs: number
  /** Bound on the decoded body, in bytes. */
  maxBytes: number
  signal?: AbortSignal | undefined
  /** Whether the deadline keeps the process alive. Default: true. */
  keepAlive?: boolean
}

export interface HttpResponse {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** Named as the codes of the errors it becomes. */
export type HttpFailureKind =
  | 'network_error'
  | 'tls_error'
  | 'timeout'
  | 'redirect_blocked'
  | 'response_too_large'
  | 'invalid_response'

/** Why there is no response. Internal: callers turn it into an error of their own class. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly kind: HttpFailureKind
  /** False when the request certainly never left this machine. */
  readonly mayHaveBeenSent: boolean
  readonly code: string | undefined
  /** Where a redirect points; untrusted. */
  readonly location: string | undefined

  constructor(kind: HttpFailureKind, mayHaveBeenSent: boolean, code?: string, location?: string) {
    super(kind)
    this.kind = kind
    this.mayHaveBeenSent = mayHaveBeenSent
    this.code = code
    this.location = location
  }
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
  let response: TransportResponse | undefined
  try {
    response = await openResponse(transport, request, bound)
    const body = await Promise.race([readBody(response, request.maxBytes), bound.aborted])
    return { status: response.status, headers: response.headers, body }
  } catch (error) {
    response?.discard()
    throw failureReason(bound, error, response !== undefined)
  } finally {
    bound.release()
  }
}

export function startDeadline(clock: Clock, request: Omit<HttpRequest, 'maxBytes'>): BoundedSignal {
  if (!isSecureUrl(request.url)) throw new HttpFailure('tls_error', false)
  return createBoundedSignal({
    clock,
    ms: request.timeoutMs,
    signal: request.signal,
    keepAlive: request.keepAlive ?? true,
    reason: () => new HttpFailure('timeout', true),
  })
}

export async function openResponse(
  transport: Transport,
  request: Omit<HttpRequest, 'maxBytes'>,
  { signal, aborted }: BoundedSignal,
): Promise<TransportResponse> {
  const { method, url, body } = request
  // No compression is requested, because it would have to be bounded; a compressed body is bounded anyway.
  const headers = { 'accept-encoding': 'identity', ...request.headers }
  const response = await Promise.race([transport({ method, url, headers, body, signal }), aborted])
  if (response.status >= 300 && response.status < 400 && response.status !== 304) {
    response.discard()
    throw new HttpFailure('redirect_blocked', true, undefined, response.headers['location'])
  }
  return response
}

async function readBody(response: TransportResponse, maxBytes: number): Promise<Buffer> {
  if (Number(response.headers['content-length']) > maxBytes)
    throw new HttpFailure('response_too_large', true)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of decoded(response)) {
    size += chunk.byteLength
    if (size > maxBytes) throw new HttpFailure('response_too_large', true)
    chunks.push(chunk)
  }
  const [only] = chunks
  return only && chunks.length === 1
    ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
    : Buffer.concat(chunks, size)
}

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

/** Why a request ended: an abort or the deadline takes precedence over the failure that it caused. */
export function failureReason(
  { signal }: BoundedSignal,
  error: unknown,
  hasResponse: boolean,
): unknown {
  return signal.aborted ? signal.reason : toFailure(error, hasResponse)
}

const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EBLOCKED|UND_ERR_CONNECT_TIMEOUT)$/
const TIMEOUT = /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/
const BAD_ENCODING = /^Z_|^ERR_(_ERROR_|BROTLI|ZLIB)/
const TLS = /^ERR_TLS|^ERR_SSL|CERT|^UNABLE_TO_|HOSTNAME_MISMATCH|^EPROTO$/

function toFailure(error: unknown, hasResponse: boolean): Error {
  // An AuthSecError from a transport (mock mode without its emulator) is already complete.
  if (error instanceof HttpFailure || AuthSecError.isInstance(error)) return error
  const code = failureCode(error)
  if (code === undefined) return new HttpFailure('network_error', true)
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new HttpFailure('response_too_large', true, code)
  if (BAD_ENCODING.test(code)) return new HttpFailure('invalid_response', true, code)
  if (TLS.test(code)) return new HttpFailure('tls_error', false, code)
  const mayHaveBeenSent = hasResponse || !NEVER_SENT.test(code)
  return new HttpFailure(TIMEOUT.test(code) ? 'timeout' : 'network_error', mayHaveBeenSent, code)
}

/** The code of an error, of its cause (fetch wraps) or of the first of several (dual-stack connects). */
function failureCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError) return failureCode(error.errors[0])
  return failureCode(error.cause)
}
