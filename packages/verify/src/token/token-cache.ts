import type { VerificationKey } from '../keys/key-set.ts'
import { elapsedMs, type Moment } from '../support/clock.ts'
import type { DelegationClaims } from './claims.ts'

const MAX_TOKENS = 1_000
const MAX_AGE_MS = 60_000

interface Entry {
  readonly claims: DelegationClaims
  readonly key: VerificationKey
  readonly verifiedAt: Moment
}

/**
 * Tokens that were verified within the last minute, by the SHA-256 of the whole token: tokens that
 * differ in one character have different entries. A cache belongs to one verifier, whose options
 * cannot change.
 */
export interface TokenCache {
  get(digest: string, now: Moment): Entry | undefined
  /** Keeps the claims for 60 s or until `exp`, whichever comes first. */
  set(digest: string, claims: DelegationClaims, key: VerificationKey, now: Moment): void
  /** Removes the tokens that were verified with keys other than these. */
  retain(keys: readonly VerificationKey[]): void
}

export function createTokenCache(): TokenCache {
  const entries = new Map<string, Entry>()
  return {
    get(digest, now) {
      const entry = entries.get(digest)
      if (!entry || isFresh(entry, now)) return entry
      entries.delete(digest)
      return undefined
    },
    set(digest, claims, key, now) {
      entries.delete(digest)
      // A Map keeps the order of insertion, and all entries live equally long: the oldest goes first.
      const [oldest] = entries.size >= MAX_TOKENS ? entries.keys() : []
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(digest, { claims, key, verifiedAt: now })
    },
    retain(keys) {
      for (const [digest, { key }] of entries) {
        if (!keys.includes(key)) entries.delete(digest)
      }
    },
  }
}

function isFresh({ claims, verifiedAt }: Entry, now: Moment): boolean {
  if (now.wall >= claims.exp * 1000) return false
  // After the wall clock was set back, the token may not be valid yet.
  if (now.wall < verifiedAt.wall) return false
  return elapsedMs(verifiedAt, now) < MAX_AGE_MS
}
