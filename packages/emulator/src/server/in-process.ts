import { decompressed } from '#runtime/platform/compression'
import type { Encoding } from '../platform/compression.ts'
import { type ConnectionFault, faultOf, halfOf } from './connection-fault.ts'
import type { FetchHandler } from './node-server.ts'
import { checkRequest } from './request-check.ts'

/** Node's HTTP parser rejects a response with more bytes of headers than this. */
const MAX_HEADER_BYTES = 16_384

/** Turns the handler into a `fetch`, and applies connection faults and decoding as a socket and Node's fetch do. */
export function inProcessFetch(handle: FetchHandler): FetchHandler {
  /** References to hanging requests. Without one, a request's signal could be collected before it aborts. */
  const hanging = new Set<Request>()

  return async (request, remoteAddress) => {
    checkRequest(request, remoteAddress)
    request.signal.throwIfAborted()
    const response = await handle(request, remoteAddress)
    request.signal.throwIfAborted()
    const fault = faultOf(response)
    if (fault === 'hang') return rejectOnAbort(request, hanging)
    if (fault === 'reset') throw fetchFailed(connectionError('ECONNRESET'))
    if (fault !== undefined) return halfDelivered(response, fault)
    if (headerBytes(response) > MAX_HEADER_BYTES) {
      throw fetchFailed(connectionError('UND_ERR_HEADERS_OVERFLOW'))
    }
    return decoded(response)
  }
}

function rejectOnAbort(request: Request, hanging: Set<Request>): Promise<never> {
  hanging.add(request)
  return new Promise((_, reject) => {
    const onAbort = (): void => {
      hanging.delete(request)
      reject(request.signal.reason)
    }
    request.signal.addEventListener('abort', onAbort, { once: true })
  })
}

async function halfDelivered(
  response: Response,
  fault: Exclude<ConnectionFault, 'hang' | 'reset'>,
): Promise<Response> {
  const { part, length } = await halfOf(response)
  const cause = connectionError(fault === 'truncated' ? 'UND_ERR_SOCKET' : 'ECONNRESET')
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(part),
    pull: (controller) => controller.error(new TypeError('terminated', { cause })),
  })
  const half = new Response(body, response)
  half.headers.set('content-length', String(length))
  return half
}

/** The error of Node's `fetch`: a TypeError whose cause has the code. */
function fetchFailed(cause: Error): TypeError {
  return new TypeError('fetch failed', { cause })
}

const connectionErrors = {
  ECONNRESET: 'read ECONNRESET',
  UND_ERR_SOCKET: 'other side closed',
  UND_ERR_HEADERS_OVERFLOW: 'Headers Overflow Error',
}

function connectionError(code: keyof typeof connectionErrors): Error {
  return Object.assign(new Error(connectionErrors[code]), { code })
}

function headerBytes(response: Response): number {
  return [...response.headers].reduce((sum, [name, value]) => sum + name.length + value.length, 0)
}

/** Node's `fetch` decodes the body and keeps the `content-encoding` header. */
function decoded(response: Response): Response {
  const encoding = response.headers.get('content-encoding')
  if (!response.body || !isKnown(encoding)) return response
  return new Response(decompressed(response.body, encoding), response)
}

function isKnown(encoding: string | null): encoding is Encoding {
  return encoding === 'gzip' || encoding === 'br' || encoding === 'deflate'
}
