import type { AuthSecClientOptions, Clock } from '@authsec/core'
import { systemClock } from '@authsec/core/adapter'

/**
 * What makes a client stand for another process. Clients of one process share the token of an agent, what they know of
 * a server, and its rate limit; all of that belongs to the clock.
 */
export function anotherProcess(
  clock: Clock = systemClock,
): Pick<AuthSecClientOptions, 'clock'> & { readonly clock: Clock } {
  const { now, monotonic, setTimeout } = clock
  return { clock: { now, monotonic, setTimeout } }
}
