import { DelegationError } from '../errors.ts'
import { type Clock, delay } from '../support/clock.ts'
import type { DelegationAnswer, DelegationApi } from './delegation-api.ts'
import { pauseBeforeRetry } from './refresh-pace.ts'

export interface RetryOptions {
  clock: Clock
  /** Maximum number of requests. */
  maxAttempts: number
  /** For all of them together, in milliseconds. */
  timeoutMs: number
  signal: AbortSignal
}

/** Requests the delegation token until there is an answer, a final error or no time left. Throws the last error. */
export async function fetchWithRetries(
  api: DelegationApi,
  { clock, maxAttempts, timeoutMs, signal }: RetryOptions,
): Promise<DelegationAnswer> {
  const endsAt = clock.monotonic() + timeoutMs
  let malformed = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.getDelegation({ signal, timeoutMs: endsAt - clock.monotonic() })
    } catch (error) {
      if (!DelegationError.isInstance(error) || attempt >= maxAttempts) throw error
      if (error.code === 'invalid_response') malformed += 1
      // A malformed answer is often a proxy's page: retry it once.
      if (malformed >= 2) throw error
      const pause = pauseBeforeRetry(error, attempt, clock.now(), Math.random())
      if (pause === undefined || clock.monotonic() + pause >= endsAt) throw error
      await delay(clock, pause, { keepAlive: false })
    }
  }
}
