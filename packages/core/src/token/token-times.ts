import { serverTimeOf } from '../support/header-times.ts'
import { parseTimestamp } from '../support/server-time.ts'
import type { Claims } from './delegation-token.ts'

/** The times of a token, each of them plausible beside the others. */
export interface TokenTimes {
  /** The earlier of the JWT's `exp` and the server's `expires_at` (contract 1.2). */
  readonly expiresAt: Date
  readonly issuedAt: Date | undefined
  /** The server's clock when it sent the token, in milliseconds since 1970. */
  readonly serverTime: number | undefined
}

export interface TimesOfAnswer {
  readonly claims: Claims
  /** `expires_at` of the answer. */
  readonly stated: unknown
  readonly headers: Readonly<Record<string, string>>
  /** The local clock. */
  readonly now: number
  readonly maxTokenLifetimeSeconds: number
}

/** How far clocks may differ: the server's may be ahead, and a token's `iat` beside a `Date`. */
const TOLERANCE_MS = 60_000
/** How far the server's clock may be behind the local one. */
const MAX_BEHIND_MS = 86_400_000

/** The times of an answer with a token; a text that says what makes the token unusable. Pure. */
export function timesOf(answer: TimesOfAnswer): TokenTimes | string {
  const { claims, now: local } = answer
  const { exp, nbf } = claims
  if (!isSeconds(exp)) return 'a token without an expiry'
  const stated = answer.stated ?? undefined
  const statedDate = parseTimestamp(stated)
  if (stated !== undefined && !statedDate) return 'an expires_at that is not RFC 3339'
  const serverTime = believable(serverTimeOf(answer.headers), claims['iat'], local)
  const now = serverTime ?? local
  // The row's expires_at may be later than exp (contract 1.2): the earlier one is the truth.
  const expires = Math.min(exp * 1000, statedDate?.getTime() ?? exp * 1000)
  if (expires <= now) return 'an expired token'
  if (isSeconds(nbf) && nbf * 1000 > now + TOLERANCE_MS) return 'a token that is not valid yet'
  const maxLifeMs = answer.maxTokenLifetimeSeconds * 1000 + TOLERANCE_MS
  if (exp * 1000 - now > maxLifeMs) return 'a token that lives longer than accepted'
  const issuedAt = issueTime(claims['iat'], { expires, now, maxLifeMs })
  return { expiresAt: new Date(expires), issuedAt, serverTime }
}

/**
 * The server's time, unless it would make the token live longer by a mistake: an old answer of a cache that
 * states no `Age` comes before `iat`, and a broken clock is years behind. A clock ahead ends the token sooner.
 */
function believable(stated: number | undefined, iat: unknown, local: number): number | undefined {
  if (stated === undefined || stated >= local) return stated
  const issued = isSeconds(iat) && iat * 1000 <= local + TOLERANCE_MS ? iat * 1000 : 0
  const earliest = Math.max(local - MAX_BEHIND_MS, issued - TOLERANCE_MS)
  return stated < earliest ? undefined : stated
}

/** When the token was issued. Not from an `iat` in milliseconds, after the expiry or years ago: shares of the lifetime are counted with it. */
function issueTime(
  iat: unknown,
  { expires, now, maxLifeMs }: Readonly<Record<'expires' | 'now' | 'maxLifeMs', number>>,
): Date | undefined {
  if (!isSeconds(iat)) return undefined
  const issued = iat * 1000
  const lifeMs = expires - issued
  const isPlausible = issued <= now + TOLERANCE_MS && lifeMs > 0 && lifeMs <= maxLifeMs
  return isPlausible ? new Date(issued) : undefined
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}
