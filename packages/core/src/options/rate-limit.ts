import { checkOptions, type OptionCheck, type OptionChecks } from './option-checks.ts'
import { optionalNumber } from './option-values.ts'

/** How many requests this process sends to one AuthSec server, and how long one waits for its turn. */
export interface RateLimit {
  /**
   * Requests within any minute, of all clients of this process with the same server, from 1 to 100 000. The server
   * takes 100 from one address, so processes behind one address divide them. If clients name different numbers, the
   * smallest one holds while its client is open. Default: 90; in mock mode no limit.
   */
  readonly requestsPerMinute?: number | undefined
  /** Longest wait for the turn, on top of `timeoutMs`, in milliseconds. 0 never waits. Default: 10 000. */
  readonly queueMs?: number | undefined
}

/** With the defaults. */
export interface RateLimitSettings {
  /** `undefined`: the client names none. */
  readonly requestsPerMinute: number | undefined
  readonly queueMs: number
}

const checks: OptionChecks<RateLimit> = {
  requestsPerMinute: optionalNumber({ least: 1, most: 100_000, integer: true }),
  queueMs: optionalNumber({ least: 0, most: 86_400_000, unit: 'milliseconds' }),
}

/** Throws `ConfigError` for a rate limit that cannot work. */
export const optionalRateLimit: OptionCheck = (value, field) => {
  if (value !== undefined) checkOptions<RateLimit>(value, field, checks, `${field}.`)
}

export function rateLimitSettings(given: RateLimit = {}): RateLimitSettings {
  const { requestsPerMinute, queueMs = 10_000 } = given
  return Object.freeze({ requestsPerMinute, queueMs })
}
