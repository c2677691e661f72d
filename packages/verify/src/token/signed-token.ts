import { fromAscii, fromBase64url } from '#runtime/platform/base64url'
import { isRecord } from '../support/json-values.ts'

/** The parts of a compact JWS, whose signature is not verified yet. */
export interface SignedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
  /** The bytes that were signed: everything up to the last dot. */
  readonly signingInput: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

/** In characters, as a client takes. */
export const MAX_TOKEN_LENGTH = 65_536

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses a compact JWS (RFC 7515 section 3.1); `undefined` for anything else. Each part must be the
 * canonical base64url encoding of its bytes, so that a token has a single spelling: otherwise unused
 * bits at the end of the signature could be changed without invalidating it.
 */
export function parseSignedToken(token: string): SignedToken | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined
  const [headerText, payloadText, signatureText, more] = token.split('.', 4)
  if (more !== undefined || !headerText || !payloadText || !signatureText) return undefined
  const header = parseObject(fromBase64url(headerText))
  const payload = header && parseObject(fromBase64url(payloadText))
  const signature = payload && fromBase64url(signatureText)
  if (!signature) return undefined
  const signingInput = fromAscii(token.slice(0, token.lastIndexOf('.')))
  return { header, payload, signingInput, signature }
}

function parseObject(bytes: Uint8Array | undefined): Record<string, unknown> | undefined {
  if (!bytes) return undefined
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(bytes))
    return isRecord(value) ? value : undefined
  } catch {
    // The error would quote the token.
    return undefined
  }
}

/** Header parameters that would let a token choose how it is verified (RFC 7515 section 4.1, RFC 8725 section 3). */
const FORBIDDEN_HEADERS = ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'b64']

/** The problem with the header of a delegation token, as a sentence; `undefined` when there is none. */
export function headerProblem(header: SignedToken['header']): string | undefined {
  const { alg, typ, kid } = header
  if (alg !== 'RS256') return 'The token is not signed with RS256.'
  if (FORBIDDEN_HEADERS.some((name) => Object.hasOwn(header, name))) {
    return 'The token header has a parameter that is not allowed.'
  }
  if (typ !== undefined && !(typeof typ === 'string' && /^(?:application\/)?jwt$/i.test(typ))) {
    return 'The typ of the token is not JWT.'
  }
  if (kid !== undefined && typeof kid !== 'string') return 'The kid of the token is not a string.'
  return undefined
}
