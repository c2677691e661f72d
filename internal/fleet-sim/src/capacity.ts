import { pauseAfterSameToken } from '../../../packages/core/src/token/refresh-pace.ts'
import { HOUR } from './setup.ts'

/** How many requests a minute a process sends to refresh tokens: the last quarter of 90 is for others. */
export const REFRESHES_PER_MINUTE = 68

const PHASES = 200
const LIVES = 50

/**
 * Pulls an hour of an agent that is always in use, by the pace of the engine: it asks at half of the life, and again
 * whenever the same token came back. The mean of many places of the first pull between two delegations.
 */
export function pullsPerHour(lifeMs: number, delegatedAgainAt: number): number {
  let pulls = 0
  for (let phase = 0; phase < PHASES; phase += 1) {
    pulls += pullsFrom(phase / PHASES, lifeMs, delegatedAgainAt)
  }
  return pulls / (PHASES * LIVES * (lifeMs / HOUR))
}

function pullsFrom(phase: number, lifeMs: number, delegatedAgainAt: number): number {
  const everyMs = lifeMs * delegatedAgainAt
  const expiringMs = Math.min(60_000, lifeMs * 0.1)
  let pulls = 0
  let held = Number.NaN
  for (let at = phase * everyMs; at < LIVES * lifeMs; pulls += 1) {
    const issuedAt = Math.floor(at / everyMs) * everyMs
    const leftMs = issuedAt + lifeMs - at
    const untilHalf = leftMs - lifeMs * (0.45 + 0.1 * phase)
    const isFresh = issuedAt !== held && untilHalf > 0
    at += Math.max(1_000, isFresh ? untilHalf : pauseAfterSameToken(leftMs, expiringMs))
    held = issuedAt
  }
  return pulls
}
