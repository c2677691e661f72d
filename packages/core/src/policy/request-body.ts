import { resourceError } from './resource-error.ts'

const MAX_BODY_BYTES = 262_144

/** What can be sent a second time after a 401. */
export type ReplayableBody = string | Uint8Array<ArrayBuffer>

/** The body as JSON text, within the limit. */
export function jsonBody(method: string, body: unknown): string | undefined {
  if (body === undefined) return undefined
  assertBodyAllowed(method)
  const text = jsonText(body)
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw resourceError(
      'request_too_large',
      'The request body is larger than 256 KiB.',
      'Send less, or in several calls.',
    )
  }
  return text
}

function jsonText(body: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(body, refuseLostNumbers)
  } catch {
    // Cyclic values, BigInts and lost numbers. The cause is dropped: it quotes the names of properties.
  }
  if (text !== undefined) return text
  throw resourceError(
    'body_not_json',
    'The request body cannot be written as JSON.',
    'Pass plain data: no functions, symbols, BigInts, NaN, Infinity, invalid dates or cyclic references.',
  )
}

/** `JSON.stringify` writes NaN, Infinity and invalid dates as null, which an API reads as "no value". */
function refuseLostNumbers(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('not finite')
  if (value === null && Reflect.get(Object(this), key) instanceof Date) {
    throw new RangeError('an invalid date')
  }
  return value
}

/** The body of a standard `fetch`, if it is of a kind that can be sent twice. */
export function replayableBody(method: string, body: unknown): ReplayableBody | undefined {
  if (body === undefined || body === null) return undefined
  assertBodyAllowed(method)
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return body.toString()
  // A copy: what the caller does to its bytes after the call changes nothing.
  if (body instanceof Uint8Array) return new Uint8Array(body)
  throw resourceError(
    'body_unsupported',
    'This kind of request body is not supported.',
    'Send a string, URLSearchParams or a Uint8Array: a body must be replayable, because a 401 may repeat the call.',
  )
}

function assertBodyAllowed(method: string): void {
  if (method !== 'GET' && method !== 'HEAD') return
  throw resourceError(
    'body_unsupported',
    `A ${method} request has no body.`,
    'Put the values in `query`, or use another method.',
  )
}
