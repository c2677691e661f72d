import type { VerificationKey } from '../keys/key-set.ts'
import type { DelegationClaims } from './claims.ts'

const MOST_TOKENS = 1_000
const LONGEST_LIFE_MS = 60_000

interface Entry {
  readonly claims: DelegationClaims
  readonly key: VerificationKey
  readonly verifiedAt: number
  readonly until: number
}

/**
 * Tokens that were verified a moment ago, by the SHA-256 of the whole token: two tokens that differ
 * in one character never meet. It belongs to one verifier, whose options cannot change.
 */
export interface TokenCache {
  get(digest: string, now: number): Entry | undefined
  /** Keeps it for 60 s or until `exp`, whichever comes first. */
  set(digest: string, claims: DelegationClaims, key: VerificationKey, now: number): void
  /** Forgets what was verified with keys that are not among these. */
  retain(keys: readonly VerificationKey[]): void
}

export function createTokenCache(): TokenCache {
  const entries = new Map<string, Entry>()
  return {
    get(digest, now) {
      const entry = entries.get(digest)
      if (!entry) return undefined
      // Also when the clock was set back: then the token may not be valid yet.
      if (now >= entry.until || now < entry.verifiedAt) {
        entries.delete(digest)
        return undefined
      }
      return entry
    },
    set(digest, claims, key, now) {
      entries.delete(digest)
      // A Map keeps its order of insertion, and no entry outlives the minute: the oldest goes first.
      const [oldest] = entries.size >= MOST_TOKENS ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
      const until = Math.min(claims.exp * 1000, now + LONGEST_LIFE_MS)
      entries.set(digest, { claims, key, verifiedAt: now, until })
    },
    retain(keys) {
      for (const [digest, { key }] of entries) {
        if (!keys.includes(key)) entries.delete(digest)
      }
    },
  }
}
