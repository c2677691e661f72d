import type { Clock } from '../support/clock.ts'
import { createFairQueue, type FairQueue } from './fair-queue.ts'
import { createServerPause, type PauseAnswer } from './server-pause.ts'
import { createSlotWindow, WINDOW_MS } from './slot-window.ts'
import type { Turn } from './turn.ts'
import { TurnRefused } from './turn-refused.ts'

/** Whose request it is: the fingerprint of an agent. */
export interface Applicant {
  readonly of: string
  readonly turn: Turn
  /** Whether the server sent it back, so that it comes before others of the same agent. */
  readonly isAgain: boolean
}

/** The right to send one request. */
export interface Slot {
  end(answer: PauseAnswer): void
}

/** What may be sent to one AuthSec server. */
export interface Limiter {
  /** A slot, if there is one and nobody waits who comes before. It costs neither a timer nor a promise. */
  take(applicant: Applicant): Slot | undefined
  /** Waits for a slot. Rejects with `TurnRefused` as soon as it is clear that none comes in time, or with the signal's reason. */
  wait(applicant: Applicant): Promise<Slot>
  /** The error for a request that is not to wait any more. */
  refuse(applicant: Applicant): TurnRefused
  /** How long a request that is not urgent would wait now, in milliseconds. */
  expectedMs(of: string): number
  /** Names a limit, the smallest of which holds. The returned function takes it back. */
  name(requestsPerMinute: number): () => void
  /** Whether it is time to say that requests wait: once a minute. */
  mayTell(): boolean
}

interface Waiting extends Applicant {
  endsAt: number
  isUrgent: boolean
  keepAlive: boolean
  settle(result: { slot: Slot } | { error: unknown }): void
}

export function createLimiter(clock: Clock, usual: number): Limiter {
  const window = createSlotWindow(clock)
  const pause = createServerPause(clock)
  const urgent = createFairQueue<Waiting>()
  const others = createFairQueue<Waiting>()
  /** When those that were refused were told to come again. */
  const promised = new Map<string, number>()
  /** How many clients name each number. */
  const named = new Map<number, number>()
  let limit = usual
  /** How many of those that wait keep the process alive: looking for one among all of them costs too much each time. */
  let alive = 0
  let nextEnd = Number.POSITIVE_INFINITY
  let timer: { readonly at: number; readonly keepAlive: boolean; cancel(): void } | undefined
  let toldAt = Number.NEGATIVE_INFINITY

  const queueOf = (isUrgent: boolean): FairQueue<Waiting> => (isUrgent ? urgent : others)
  /** The last quarter is for those who have no token, and for people who are asked. */
  const reserveOf = (isUrgent: boolean): number =>
    isUrgent || limit === Number.POSITIVE_INFINITY ? 0 : Math.floor(limit / 4)

  function canGo(isUrgent: boolean): boolean {
    return limit - window.used > reserveOf(isUrgent) && pause.isOpen(limit)
  }

  function slotNow(): Slot {
    window.start()
    const answered = pause.sent()
    return {
      end(answer) {
        const isThrottled = typeof answer === 'object'
        window.end(!isThrottled && answer !== 'unsent')
        answered(answer)
        pump()
      },
    }
  }

  /** When the one after so many others has its turn, on the monotonic scale. */
  function turnAt(ahead: number, isUrgent: boolean): number {
    const place = ahead + (isUrgent ? 0 : urgent.size)
    const slotAt = window.freeAt(place, limit, reserveOf(isUrgent))
    return Math.max(slotAt, pause.openAt(place, limit))
  }

  /** Each agent that was refused is promised a time of its own, so that they do not all come back together. */
  function refusal({ of, turn }: Applicant, isUrgent: boolean): TurnRefused {
    const now = clock.monotonic()
    for (const [other, at] of promised) {
      if (at > now) break
      promised.delete(other)
    }
    const ahead = queueOf(isUrgent).ahead(of)
    const known = promised.get(of) ?? now
    const at = known > now ? known : turnAt(ahead + promised.size, isUrgent)
    promised.set(of, at)
    return new TurnRefused({
      retryAt: new Date(clock.now() + Math.ceil(at - now)),
      limit,
      waiting: urgent.size + others.size,
      agents: Math.max(urgent.members, others.members),
      queueMs: Math.max(0, turn.leftMs) + turn.waitedMs,
      isThrottled: !pause.isOpen(limit),
    })
  }

  function leave(waiting: Waiting): void {
    const { of, isUrgent, keepAlive } = waiting
    if (queueOf(isUrgent).remove(of, waiting) && keepAlive) alive -= 1
  }

  function takeNext(isUrgent: boolean): Waiting | undefined {
    const next = queueOf(isUrgent).take()
    if (next?.keepAlive) alive -= 1
    return next
  }

  function endLate(): void {
    const now = clock.monotonic()
    nextEnd = Number.POSITIVE_INFINITY
    for (const waiting of [...urgent, ...others]) {
      if (waiting.endsAt > now) {
        nextEnd = Math.min(nextEnd, waiting.endsAt)
        continue
      }
      leave(waiting)
      waiting.settle({ error: refusal(waiting, waiting.isUrgent) })
    }
  }

  function pump(): void {
    if (urgent.size + others.size > 0) {
      if (clock.monotonic() >= nextEnd) endLate()
      for (;;) {
        const isUrgent = urgent.size > 0
        if (queueOf(isUrgent).size === 0 || !canGo(isUrgent)) break
        takeNext(isUrgent)?.settle({ slot: slotNow() })
      }
    }
    schedule()
  }

  function schedule(): void {
    const isEmpty = urgent.size + others.size === 0
    if (isEmpty) nextEnd = Number.POSITIVE_INFINITY
    const now = clock.monotonic()
    // What ends a probe looks at the queue: until then there is nothing to look at but those who wait no longer.
    const isIdle = isEmpty || pause.isProbing
    const at = isIdle ? nextEnd : Math.min(nextEnd, Math.max(now + 1, turnAt(0, urgent.size > 0)))
    const keepAlive = urgent.size > 0 || alive > 0
    if (timer && timer.at === at && timer.keepAlive === keepAlive) return
    timer?.cancel()
    timer = undefined
    if (isEmpty) return
    const ms = Math.max(1, Math.ceil(at - now))
    const onTime = (): void => {
      timer = undefined
      pump()
    }
    timer = { at, keepAlive, cancel: clock.setTimeout(onTime, ms, { keepAlive }) }
  }

  function take({ turn: { isUrgent }, isAgain }: Applicant): Slot | undefined {
    const isNext = urgent.size === 0 && (isUrgent || others.size === 0)
    return isNext && !isAgain && canGo(isUrgent) ? slotNow() : undefined
  }

  return {
    take,
    wait(applicant) {
      const { of, turn, isAgain } = applicant
      const { signal, isUrgent, leftMs } = turn
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const ahead = isAgain ? 0 : queueOf(isUrgent).ahead(of)
        const endsAt = clock.monotonic() + leftMs
        if (turnAt(ahead, isUrgent) > endsAt) return reject(refusal(applicant, isUrgent))
        const onAbort = (): void => {
          leave(waiting)
          waiting.settle({ error: signal?.reason })
          pump()
        }
        const waiting: Waiting = {
          ...{ of, turn, isAgain, endsAt, isUrgent, keepAlive: turn.keepAlive },
          settle(result) {
            signal?.removeEventListener('abort', onAbort)
            turn.end()
            if ('slot' in result) resolve(result.slot)
            else reject(result.error)
          },
        }
        const onHurry = (): void => {
          leave(waiting)
          waiting.isUrgent = turn.isUrgent
          waiting.keepAlive = turn.keepAlive
          waiting.endsAt = clock.monotonic() + turn.leftMs
          enter(waiting)
        }
        turn.begin(onHurry)
        signal?.addEventListener('abort', onAbort, { once: true })
        enter(waiting)
      })
    },
    refuse: (applicant) => refusal(applicant, applicant.turn.isUrgent),
    expectedMs: (of) => turnAt(others.ahead(of), false) - clock.monotonic(),
    name(requestsPerMinute) {
      let isNamed = true
      limit = named.size === 0 ? requestsPerMinute : Math.min(limit, requestsPerMinute)
      named.set(requestsPerMinute, (named.get(requestsPerMinute) ?? 0) + 1)
      return () => {
        if (!isNamed) return
        isNamed = false
        const others = (named.get(requestsPerMinute) ?? 0) - 1
        if (others > 0) named.set(requestsPerMinute, others)
        else forget(requestsPerMinute)
        pump()
      }
    },
    mayTell() {
      const now = clock.monotonic()
      if (now - toldAt < WINDOW_MS) return false
      toldAt = now
      return true
    },
  }

  function forget(requestsPerMinute: number): void {
    named.delete(requestsPerMinute)
    if (requestsPerMinute > limit) return
    limit = named.size === 0 ? usual : [...named.keys()].reduce((a, b) => Math.min(a, b))
  }

  function enter(waiting: Waiting): void {
    queueOf(waiting.isUrgent).add(waiting.of, waiting, waiting.isAgain)
    if (waiting.keepAlive) alive += 1
    nextEnd = Math.min(nextEnd, waiting.endsAt)
    pump()
  }
}
