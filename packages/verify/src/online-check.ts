import { RequestFailure } from './http/request-failure.ts'
import { type HttpTools, requestJson } from './http/request-json.ts'
import { ConfigError } from './options/config-error.ts'
import type { OnlineCheckSettings } from './options/settings.ts'
import { isRequestBound } from './platform/request-bound.ts'
import { createBackoff } from './support/backoff.ts'
import { currentMoment, elapsedMs, type Moment } from './support/clock.ts'
import { isRecord } from './support/json-values.ts'

const MAX_RESULTS = 1_000

/** `unknown`: AuthSec could not be reached, or a pause after a failure has not ended. */
type TokenStatus = 'active' | 'revoked' | 'unknown'

/** Checks with AuthSec whether tokens that passed every other check were revoked. */
export interface OnlineCheck {
  /**
   * One request per token and `cacheSeconds`; callers that come meanwhile share it, unless it ends with the request of
   * the one who began it.
   */
  statusOf(token: string, digest: string): Promise<TokenStatus>
  retryAfterSeconds(): number
  /** Why the last check failed, while it is the last one. */
  failure(): RequestFailure | undefined
}

export interface OnlineCheckParts extends HttpTools {
  readonly settings: OnlineCheckSettings
  readonly tenantId: string
}

/** Uses `POST /authsec/spiresvc/v1/jwt/validate`, which allows 10 requests a minute (contract 2.1). */
export function createOnlineCheck(parts: OnlineCheckParts): OnlineCheck {
  const { settings, clock } = parts
  const backoff = createBackoff(clock)
  const results = new Map<string, { active: boolean; at: Moment }>()
  const pending = new Map<string, Promise<TokenStatus>>()
  const isShared = !isRequestBound()
  let failure: RequestFailure | undefined

  async function requestStatus(token: string, digest: string): Promise<TokenStatus> {
    const result = await validate(parts, token)
    if ('minPauseMs' in result) {
      backoff.failed(result.minPauseMs)
      failure = result.failure
      return 'unknown'
    }
    backoff.succeeded()
    failure = undefined
    const [oldest] = results.size >= MAX_RESULTS ? results.keys() : []
    if (oldest !== undefined) results.delete(oldest)
    results.delete(digest)
    results.set(digest, { active: result.active, at: currentMoment(clock) })
    return result.active ? 'active' : 'revoked'
  }

  return {
    async statusOf(token, digest) {
      const known = results.get(digest)
      if (known && elapsedMs(known.at, currentMoment(clock)) < settings.cacheMs) {
        return known.active ? 'active' : 'revoked'
      }
      const shared = isShared ? pending.get(digest) : undefined
      if (shared !== undefined) return await shared
      if (!backoff.isDue()) return 'unknown'
      const started = requestStatus(token, digest)
      if (!isShared) return await started
      const shown = started.finally(() => pending.delete(digest))
      pending.set(digest, shown)
      return await shown
    },
    failure: () => failure,
    retryAfterSeconds: () => backoff.remainingMs() / 1000,
  }
}

async function validate(
  { settings, tenantId, fetch, clock, adviceFor }: OnlineCheckParts,
  token: string,
): Promise<{ active: boolean } | { minPauseMs: number; failure?: RequestFailure }> {
  try {
    const init = {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
      },
      // Older servers read tenant_id, newer ones workspace_id; each ignores the other (contract 2.1).
      body: JSON.stringify({ tenant_id: tenantId, workspace_id: tenantId, token }),
    }
    const { body, retryAfterMs = 0 } = await requestJson(
      { fetch, clock, adviceFor },
      settings.url,
      init,
    )
    if (isRecord(body) && typeof body['valid'] === 'boolean') return { active: body['valid'] }
    return { minPauseMs: retryAfterMs }
  } catch (error) {
    if (ConfigError.isInstance(error)) throw error
    return { minPauseMs: 0, ...(error instanceof RequestFailure && { failure: error }) }
  }
}
