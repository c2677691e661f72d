import { createRegistry } from '../platform/garbage.ts'
import { isRequestBound } from '../platform/request-bound.ts'
import type { Clock } from '../support/clock.ts'
import { createLimiter, type Limiter } from './limiter.ts'

/** Requests a minute, if no client names a number. The server takes 100, from all processes of an address. */
const USUAL = 90

/** By clock, because times of two clocks cannot be compared. Outside tests there is one, the system's. */
const limiters = new WeakMap<Clock, Map<string, Limiter>>()

/** The limiter of a server, which all clients of this process share, unless nothing outlasts a request: it counts by address. Worker threads count as processes. */
export function limiterOf(server: URL, clock: Clock): Limiter {
  if (isRequestBound()) return createLimiter(clock, USUAL)
  const ofClock = limiters.get(clock) ?? new Map<string, Limiter>()
  limiters.set(clock, ofClock)
  const limiter = ofClock.get(server.origin) ?? createLimiter(clock, USUAL)
  ofClock.set(server.origin, limiter)
  return limiter
}

/** For an emulator of a client's own: without a limit, unless the client names one or the emulator answers 429. */
export function unlimited(clock: Clock): Limiter {
  return createLimiter(clock, Number.POSITIVE_INFINITY)
}

/** Names a client's limit, until the returned function is called or the client is garbage. */
export function nameLimit(
  limiter: Limiter,
  requestsPerMinute: number | undefined,
  client: object,
): (() => void) | undefined {
  if (requestsPerMinute === undefined) return undefined
  const takeBack = limiter.name(requestsPerMinute)
  garbage ??= createRegistry((takeBackLost) => takeBackLost())
  garbage?.register(client, takeBack, takeBack)
  return () => {
    garbage?.unregister(takeBack)
    takeBack()
  }
}

let garbage: FinalizationRegistry<() => void> | undefined
