import { compactVerify } from 'jose/jws/compact/verify'
import type { VerificationKey } from './key-set.ts'

const MOST_TRIES = 8

/**
 * The keys that may have signed a token: those of its name and the nameless ones, or all when it names
 * none, as AuthSec's tokens do (contract 2.1). A name chooses among trusted keys, it grants nothing.
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
  token: string,
  candidates: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  for (const key of candidates.slice(0, MOST_TRIES)) {
    if (await isSignedBy(token, key)) return key
  }
  return undefined
}

async function isSignedBy(token: string, key: VerificationKey): Promise<boolean> {
  try {
    await compactVerify(token, key.cryptoKey, { algorithms: ['RS256'] })
    return true
  } catch {
    // Whatever the reason, this key does not vouch for the token.
    return false
  }
}
