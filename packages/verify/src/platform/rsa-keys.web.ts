import type { SignatureCheck } from './rsa-keys.ts'

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** As `rsa-keys.ts`, with Web Crypto. A key that cannot be imported made no signature. */
export async function importRsaKey(n: string, e: string): Promise<SignatureCheck> {
  const jwk = { kty: 'RSA', n, e, alg: 'RS256' }
  try {
    const key = await crypto.subtle.importKey('jwk', jwk, RS256, false, ['verify'])
    return (signed, signature) => crypto.subtle.verify(RS256, key, signature, signed)
  } catch {
    return () => false
  }
}
