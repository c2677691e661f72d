import { isRecord } from '../json-values.ts'

/** A compact JWS taken apart: what it says, before anybody has checked the signature. */
export interface SignedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  /** What was signed: the text up to the last dot. */
  readonly signingInput: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

export const MAX_TOKEN_LENGTH = 16_384

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes a compact JWS apart (RFC 7515 section 3.1); `undefined` for anything else. Each part must be
 * the one canonical base64url text of its bytes, so that a token has a single spelling: otherwise
 * unused bits at the end of the signature could be flipped freely.
 */
export function parseSignedToken(token: string): SignedToken | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined
  const [headerText, payloadText, signatureText, more] = token.split('.', 4)
  if (more !== undefined || !headerText || !payloadText || !signatureText) return undefined
  const header = parseObject(bytesOf(headerText))
  const payload = header && parseObject(bytesOf(payloadText))
  const signature = payload && bytesOf(signatureText)
  if (!signature) return undefined
  const signingInput = Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1')
  return { header, payload, signingInput, signature }
}

function bytesOf(text: string): Buffer<ArrayBuffer> | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function parseObject(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  if (!bytes) return undefined
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(bytes))
    return isRecord(value) ? value : undefined
  } catch {
    // The error would quote the token.
    return undefined
  }
}

/** Headers by which a token would choose how it is verified (RFC 7515 section 4.1; RFC 8725 section 3). */
const FORBIDDEN_HEADERS = ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'b64']

/** What is wrong with the header of a delegation token, as a sentence; `undefined` when nothing is. */
export function headerProblem(header: SignedToken['header']): string | undefined {
  const { alg, typ, kid } = header
  if (alg !== 'RS256') return 'The token is not signed with RS256.'
  if (FORBIDDEN_HEADERS.some((name) => Object.hasOwn(header, name))) {
    return 'The token tries to choose how it is verified.'
  }
  if (typ !== undefined && !(typeof typ === 'string' && /^(?:application\/)?jwt$/i.test(typ))) {
    return 'The token is of another type than JWT.'
  }
  if (kid !== undefined && typeof kid !== 'string') return 'The token names its key by no text.'
  return undefined
}
