import { Buffer } from '#runtime/platform/bytes'
import { resourceError, resourceHints } from '../policy/resource-error.ts'

const MAX_BODY_BYTES = 262_144

/** Writes a body that is not JSON. The tool brings it: who sends JSON alone does not load it. */
export type BodyEncoding = (body: unknown) => EncodedBody

/** A body as it is sent, and as it is approved. */
export interface EncodedBody {
  readonly bytes: string | Uint8Array<ArrayBuffer>
  readonly contentType: string
  /** What an approval is for: the same for the same fields, whatever the boundary. */
  readonly approved: { readonly bodyType: 'form' | 'multipart'; readonly body: unknown }
}

/** The body as it is sent, with its type. `approved` is there where an approval is for something else than the text. */
export interface RequestBody {
  readonly bytes: string | Uint8Array<ArrayBuffer>
  readonly contentType: string
  readonly approved?: EncodedBody['approved'] | undefined
}

/** The body as JSON, or as a form, within the limit. */
export function requestBody(
  method: string,
  body: unknown,
  encoding: BodyEncoding | undefined,
): RequestBody | undefined {
  if (body === undefined) return undefined
  assertBodyAllowed(method)
  const written = encoding
    ? encoding(body)
    : { bytes: jsonText(body), contentType: 'application/json' }
  const { bytes } = written
  if ((typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length) > MAX_BODY_BYTES) {
    throw resourceError(
      'request_too_large',
      'The request body is larger than 256 KiB.',
      'Send less, or in several calls.',
    )
  }
  return written
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
