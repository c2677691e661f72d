import type { TokenConfig } from '../token/token-config.ts'
import type { TokenLifetime } from '../token/token-lifetime.ts'
import { SKEW_MS, type StoredAnswer } from './token-entry.ts'

/** What this process was told that AuthSec took back: a store that cannot forget it does not bring it back. */
export interface WithdrawnTokens {
  /** AuthSec says that there is no token, to a process that had this one. */
  add(current: TokenLifetime | undefined): void
  /** AuthSec gives a token again. */
  clear(): void
  /** Whether an entry has that token, or one that AuthSec may have confirmed before it took that back. */
  has(entry: StoredAnswer): boolean
  /** How far the server's clock is ahead of ours, where the token told. */
  readonly offsetMs: number | undefined
}

/** The difference of two clocks is known to five seconds, and dates have whole ones. */
const KNOWN_MS = 6_000

interface Withdrawal {
  readonly fingerprint: string | undefined
  readonly offsetMs: number | undefined
  /** On the monotonic clock. */
  readonly at: number
}

export function createWithdrawnTokens({ clock }: Pick<TokenConfig, 'clock'>): WithdrawnTokens {
  let last: Withdrawal | undefined
  return {
    add(current) {
      last = {
        fingerprint: current?.token.fingerprint ?? last?.fingerprint,
        offsetMs: current?.clockOffsetMs ?? last?.offsetMs,
        at: clock.monotonic(),
      }
    },
    clear() {
      last = undefined
    },
    has({ token, ageMs }) {
      if (!last) return false
      const doubtMs = last.offsetMs === undefined ? SKEW_MS : KNOWN_MS
      return (
        token.fingerprint === last.fingerprint || ageMs + doubtMs >= clock.monotonic() - last.at
      )
    },
    get offsetMs() {
      return last?.offsetMs
    },
  }
}
