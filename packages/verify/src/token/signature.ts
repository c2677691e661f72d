import { verify } from 'node:crypto'
import type { VerificationKey } from '../keys/key-set.ts'
import type { SignedToken } from './signed-token.ts'

const MAX_KEYS_TRIED = 8

/**
 * The keys that may have signed a token: those with its `kid` and those without a `kid`, or all keys
 * when the token has no `kid`, as AuthSec's tokens do (contract 2.1). A `kid` selects among trusted keys
 * and adds none.
 */
export function candidatesFor(
  kid: unknown,
  keys: readonly VerificationKey[],
): readonly VerificationKey[] {
  if (kid === undefined) return keys
  return keys.filter((key) => key.kid === kid || key.kid === undefined)
}

/** The first of the keys, eight at most, that verifies the signature. */
export function findSigner(
  token: SignedToken,
  candidates: readonly VerificationKey[],
): VerificationKey | undefined {
  return candidates.slice(0, MAX_KEYS_TRIED).find((key) => isSignedBy(token, key))
}

/**
 * RS256 (RFC 7518 section 3.3) and no other algorithm: the header of the token cannot select another one. The
 * call is synchronous: the way through the threads, of WebCrypto or `crypto.verify`, takes nearly twice as long for one
 * token, and for 64 at a time a quarter more CPU, which only idle cores make up for.
 */
function isSignedBy(
  { signature, signingInput }: SignedToken,
  { publicKey }: VerificationKey,
): boolean {
  try {
    return verify('sha256', signingInput, publicKey, signature)
  } catch {
    // Whatever the reason, this key does not verify the signature.
    return false
  }
}
