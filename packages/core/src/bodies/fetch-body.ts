import { Buffer } from '#runtime/platform/bytes'
import { resourceError } from '../policy/resource-error.ts'
import type { BoundedSignal } from '../support/bounded-signal.ts'

/** The body of a standard `fetch` (Fetch standard section 5.2). `type` is for the header, unless there is one. */
export type FetchBody = { readonly type?: string | undefined } & (
  | { readonly kind: 'bytes'; readonly bytes: string | Uint8Array<ArrayBuffer> }
  /** Read into memory before the call: the body of a Request, a Blob, a form. */
  | BodyInPieces
  /** Sent piece by piece, once. */
  | { readonly kind: 'stream'; readonly stream: ReadableStream<Uint8Array> }
)

export interface BodyInPieces {
  readonly kind: 'pieces'
  readonly stream: ReadableStream<Uint8Array>
  /** The platform's stream of a form: when it is cancelled, Node rejects a promise that nobody can handle. */
  readonly isForm: boolean
}

const MAX_IN_MEMORY_BYTES = 16_777_216

/**
 * What is sent for a body. Copied before it returns, so that later changes of the caller's object have no
 * effect. Other objects are refused: the standard would send their text, such as `[object Object]`.
 */
export function fetchBody(body: unknown): FetchBody | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string')
    return { kind: 'bytes', bytes: body, type: 'text/plain;charset=UTF-8' }
  if (body instanceof URLSearchParams) {
    const type = 'application/x-www-form-urlencoded;charset=UTF-8'
    return { kind: 'bytes', bytes: body.toString(), type }
  }
  if (body instanceof ArrayBuffer) return { kind: 'bytes', bytes: new Uint8Array(body.slice()) }
  if (ArrayBuffer.isView(body)) {
    const view = new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    return { kind: 'bytes', bytes: new Uint8Array(view) }
  }
  if (body instanceof ReadableStream) return { kind: 'stream', stream: body }
  if (body instanceof Blob || body instanceof FormData) return encoded(body)
  throw unsupported(
    'This kind of request body is not supported.',
    'Send a string, URLSearchParams, FormData, a Blob, an ArrayBuffer, a typed array or a ReadableStream.',
  )
}

/** By the platform, which knows the boundary of a form. */
function encoded(body: Blob | FormData): FetchBody {
  if (sizeOf(body) > MAX_IN_MEMORY_BYTES) throw tooLarge()
  const isForm = body instanceof FormData
  const { body: stream, headers } = new Response(body)
  const type = headers.get('content-type') ?? undefined
  return stream ? { kind: 'pieces', stream, isForm, type } : { kind: 'bytes', bytes: '', type }
}

/** Of a form, that of its values alone. */
function sizeOf(body: Blob | FormData): number {
  if (body instanceof Blob) return body.size
  return [...body.values()].reduce(
    (sum, value) => sum + (typeof value === 'string' ? value.length : value.size),
    0,
  )
}

/** Reads a body into memory, so that an approval covers it and a repetition sends the same. */
export async function bytesOf(
  { stream, isForm }: BodyInPieces,
  { orAborted }: BoundedSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  try {
    return await orAborted(readAll(reader))
  } catch (error) {
    if (!isForm) reader.cancel(error).catch(() => undefined)
    throw error
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read().catch(unreadable)
    if (done) return new Uint8Array(Buffer.concat(pieces, size))
    size += value.byteLength
    if (size > MAX_IN_MEMORY_BYTES) throw tooLarge()
    pieces.push(value)
  }
}

function unreadable(cause: unknown): never {
  throw resourceError(
    'body_unsupported',
    'The request body could not be read, so nothing was sent.',
    'See the cause: it came from the stream or file of the body.',
    { cause },
  )
}

function tooLarge(): Error {
  return resourceError(
    'request_too_large',
    'The request body is larger than the 16 MiB that are read into memory.',
    'Pass the URL, and a stream as `body` of the second argument: it is sent piece by piece, once.',
  )
}

/** The error for a body that cannot be sent with this call. */
export function unsupported(message: string, hint: string): Error {
  return resourceError('body_unsupported', message, hint)
}
