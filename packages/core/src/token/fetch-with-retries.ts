import { DelegationError } from '../errors.ts'
import { type Clock, delay } from '../support/clock.ts'
import type { DelegationAnswer, DelegationApi } from './delegation-api.ts'
import { pauseBeforeRetry } from './refresh-pace.ts'

export interface PullOptions {
  clock: Clock
  /** At most so many requests. */
  attempts: number
  /** For all of them together, in milliseconds. */
  timeoutMs: number
  signal: AbortSignal
}

/** One round: asks until there is an answer, a final word, or no time left; throws the last error. */
export async function pullToken(
  api: DelegationApi,
  { clock, attempts, timeoutMs, signal }: PullOptions,
): Promise<DelegationAnswer> {
  const endsAt = clock.monotonic() + timeoutMs
  let malformed = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.getDelegation({ signal, timeoutMs: endsAt - clock.monotonic() })
    } catch (error) {
      if (!DelegationError.isInstance(error) || attempt >= attempts) throw error
      if (error.code === 'invalid_response') malformed += 1
      // A proxy's page in place of the answer is worth one more try, not more.
      if (malformed >= 2) throw error
      const pause = pauseBeforeRetry(error, attempt, clock.now(), Math.random())
      if (pause === undefined || clock.monotonic() + pause >= endsAt) throw error
      await delay(clock, pause, { keepAlive: false })
    }
  }
}
