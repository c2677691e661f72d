import { createBackoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type FetchLike, requestJson } from './http.ts'
import { isRecord } from './json-values.ts'
import type { OnlineCheckSettings } from './settings.ts'

const MOST_ANSWERS = 1_000

/** `unknown`: AuthSec could not be asked, or has asked for a pause. */
type OnlineAnswer = 'active' | 'revoked' | 'unknown'

/** Asks AuthSec about tokens that passed every other check, one question per token and minute. */
export interface OnlineCheck {
  ask(token: string, digest: string): Promise<OnlineAnswer>
  retryAfterSeconds(): number
}

export interface OnlineCheckParts {
  readonly settings: OnlineCheckSettings
  readonly tenantId: string
  readonly fetch: FetchLike
  readonly clock: Clock
}

/** POST /authsec/spiresvc/v1/jwt/validate, 10 times a minute at most, says the server (contract 2.1). */
export function createOnlineCheck(parts: OnlineCheckParts): OnlineCheck {
  const { settings, clock } = parts
  const backoff = createBackoff()
  const answers = new Map<string, { active: boolean; at: number }>()
  const flights = new Map<string, Promise<OnlineAnswer>>()

  async function question(token: string, digest: string): Promise<OnlineAnswer> {
    const outcome = await validate(parts, token)
    const now = clock.now()
    if ('unavailableForMs' in outcome) {
      backoff.failed(now, outcome.unavailableForMs)
      return 'unknown'
    }
    backoff.succeeded()
    const [oldest] = answers.size >= MOST_ANSWERS ? answers.keys() : []
    if (oldest !== undefined) answers.delete(oldest)
    answers.delete(digest)
    answers.set(digest, { active: outcome.active, at: now })
    return outcome.active ? 'active' : 'revoked'
  }

  return {
    async ask(token, digest) {
      const now = clock.now()
      const known = answers.get(digest)
      if (known && now >= known.at && now - known.at < settings.cacheMs) {
        return known.active ? 'active' : 'revoked'
      }
      const flight = flights.get(digest)
      if (flight !== undefined) return await flight
      if (!backoff.isDue(now)) return 'unknown'
      const started = question(token, digest).finally(() => flights.delete(digest))
      flights.set(digest, started)
      return await started
    },
    retryAfterSeconds: () => backoff.remainingMs(clock.now()) / 1000,
  }
}

async function validate(
  { settings, tenantId, fetch }: OnlineCheckParts,
  token: string,
): Promise<{ active: boolean } | { unavailableForMs: number }> {
  try {
    const { body, retryAfterSeconds = 0 } = await requestJson(fetch, settings.url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      // Each generation of the server reads its own name and ignores the other.
      body: JSON.stringify({ tenant_id: tenantId, workspace_id: tenantId, token }),
    })
    if (isRecord(body) && typeof body['valid'] === 'boolean') return { active: body['valid'] }
    return { unavailableForMs: Math.min(retryAfterSeconds, 300) * 1000 }
  } catch {
    // No answer is no answer; what fetch has to say about it may quote the request.
    return { unavailableForMs: 0 }
  }
}
