import { createPublicKey, verify } from 'node:crypto'

/** Whether a key made the signature of these bytes, with RS256 (RFC 7518 section 3.3) and no other algorithm. */
export type SignatureCheck = (
  signed: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
) => boolean | Promise<boolean>

/**
 * Imports the public key with this modulus and exponent, in base64url. Other runtimes get `rsa-keys.web.ts`.
 *
 * The check is synchronous: the way through the threads, of WebCrypto or `crypto.verify`, takes nearly twice as long for
 * one token, and for 64 at a time a quarter more CPU, which only idle cores make up for.
 */
export function importRsaKey(n: string, e: string): SignatureCheck | Promise<SignatureCheck> {
  const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
  return (signed, signature) => verify('sha256', signed, key, signature)
}
