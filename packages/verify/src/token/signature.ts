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
export async function findSigner(
  token: SignedToken,
  candidates: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  for (const key of candidates.slice(0, MAX_KEYS_TRIED)) {
    if (await isSignedBy(token, key)) return key
  }
  return undefined
}

async function isSignedBy(
  { signature, signingInput }: SignedToken,
  { verifies }: VerificationKey,
): Promise<boolean> {
  try {
    return await verifies(signingInput, signature)
  } catch {
    // Whatever the reason, this key does not verify the signature.
    return false
  }
}
