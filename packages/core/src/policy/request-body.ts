import { Buffer } from '#runtime/platform/bytes'
import { resourceError, resourceHints } from './resource-error.ts'

const MAX_BODY_BYTES = 262_144

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
    resourceHints.body_not_json,
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

export function assertBodyAllowed(method: string): void {
  if (method !== 'GET' && method !== 'HEAD') return
  throw resourceError(
    'body_unsupported',
    `A ${method} request has no body.`,
    'Put the values in `query`, or use another method.',
  )
}
