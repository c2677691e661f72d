import type { Clock } from '../support/clock.ts'
import { MAX_RETRY_AFTER_MS } from '../support/header-times.ts'
import { WINDOW_MS } from './slot-window.ts'

/**
 * What a 429 means for all that ask the same server: nobody asks for a while, then one does, and if it is answered,
 * the others follow one by one for a minute. The limit is then in use by others of this address, too.
 */
export interface ServerPause {
  /** Whether a request may be sent now. */
  isOpen(limit: number): boolean
  /** Whether nothing is sent before the answer to a request that is under way. */
  readonly isProbing: boolean
  /** When the request at this place, from 0, may be sent at the earliest, on the clock's monotonic scale. */
  openAt(place: number, limit: number): number
  /** A request is sent. The returned function tells its answer: how long a 429 asks to wait, if it does. */
  sent(): (answer: PauseAnswer) => void
}

/** `unknown`: there is none. `unsent`: the request was not sent at last. */
export type PauseAnswer =
  | 'answered'
  | 'unknown'
  | 'unsent'
  | { readonly retryAfterMs: number | undefined }

/** Without Retry-After: 5 s, doubling to a minute, in which any sliding window of the server has room. */
const FIRST_PAUSE_MS = 5_000
/** Retry-After: 0 would be asked again at once, for ever. */
const LEAST_PAUSE_MS = 1_000

export function createServerPause(clock: Clock): ServerPause {
  let state: 'open' | 'closed' | 'probing' | 'paced' = 'open'
  /** Of requests that were sent before the last 429. */
  let round = 0
  let closedUntil = 0
  let pacedUntil = 0
  let lastSentAt = Number.NEGATIVE_INFINITY
  let refusals = 0

  const gapMs = (limit: number): number => WINDOW_MS / Math.min(limit, 1_000)

  function close(pauseMs: number): void {
    const spreadMs = Math.min(MAX_RETRY_AFTER_MS, pauseMs * (1 + 0.1 * Math.random()))
    closedUntil = Math.max(closedUntil, clock.monotonic() + spreadMs)
  }

  /** Several that were under way together are one refusal. */
  function refuse(retryAfterMs: number | undefined, ofRound: number): void {
    if (ofRound === round) {
      round += 1
      refusals += 1
      state = 'closed'
      // A server that asks for a second, and has no room after it, is not asked every second.
      const step = retryAfterMs === undefined ? refusals - 1 : refusals - 2
      close(step < 0 ? LEAST_PAUSE_MS : Math.min(WINDOW_MS, FIRST_PAUSE_MS * 2 ** step))
    }
    close(retryAfterMs ?? 0)
  }

  function endPace(): void {
    if (state !== 'paced' || clock.monotonic() < pacedUntil) return
    state = 'open'
    refusals = 0
  }

  return {
    get isProbing() {
      return state === 'probing'
    },
    isOpen(limit) {
      endPace()
      if (state === 'open') return true
      const now = clock.monotonic()
      if (state === 'closed') return now >= closedUntil
      return state === 'paced' && now >= lastSentAt + gapMs(limit)
    },
    openAt(place, limit) {
      endPace()
      const now = clock.monotonic()
      if (state === 'open') return now
      const first = state === 'closed' ? closedUntil : lastSentAt + gapMs(limit)
      return Math.max(now, first) + place * gapMs(limit)
    },
    sent() {
      const ofRound = round
      lastSentAt = clock.monotonic()
      const isProbe = state === 'closed'
      if (isProbe) state = 'probing'
      return (answer) => {
        if (typeof answer === 'object') return refuse(answer.retryAfterMs, ofRound)
        if (!isProbe || ofRound !== round) return
        if (answer === 'unsent') {
          state = 'closed'
          return
        }
        state = 'paced'
        pacedUntil = clock.monotonic() + WINDOW_MS
      }
    },
  }
}
