import { DelegationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Turn } from '../limiter/turn.ts'
import { type Clock, delay } from '../support/clock.ts'
import type { DelegationAnswer, DelegationApi } from './delegation-api.ts'
import { isRefusal } from './delegation-errors.ts'
import { pauseBeforeRetry } from './refresh-pace.ts'

export interface RetryOptions {
  clock: Clock
  /** Maximum number of requests. */
  maxAttempts: number
  /** For all of them together, in milliseconds, without the waits for their turns. */
  timeoutMs: number
  turn: Turn
  emit: Emit
  atTurn?: (() => Promise<void>) | undefined
}

/** Requests the delegation token until there is an answer, a final error or no time left. Throws the last error. */
export async function fetchWithRetries(
  api: DelegationApi,
  { clock, maxAttempts, timeoutMs, turn, emit, atTurn }: RetryOptions,
): Promise<DelegationAnswer> {
  const startedAt = clock.monotonic()
  const leftMs = (): number => startedAt + timeoutMs + turn.waitedMs - clock.monotonic()
  let malformed = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.getDelegation({ turn, emit, atTurn, timeoutMs: leftMs() })
    } catch (error) {
      if (!DelegationError.isInstance(error) || attempt >= maxAttempts) throw error
      if (isRefusal(error)) throw error
      if (error.code === 'invalid_response') malformed += 1
      // A malformed answer is often a proxy's page: retry it once.
      if (malformed >= 2) throw error
      const pause = pauseBeforeRetry(error, attempt, clock.now(), Math.random())
      if (pause === undefined || pause >= leftMs()) throw error
      await delay(clock, pause, { signal: turn.signal, keepAlive: false })
    }
  }
}
