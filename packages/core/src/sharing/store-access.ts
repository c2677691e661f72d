import type { Emit } from '../events.ts'
import { delay, waitFor } from '../support/clock.ts'
import type { TokenConfig } from '../token/token-config.ts'

/** Calls of the store that never fail and never last: what cannot be had in time is not there. */
export interface StoreAccess {
  /** What ends every wait from now on: then `use` rejects with its reason. */
  until(signal: AbortSignal): void
  /** The result of the work; nothing when the store failed, was late, or is left alone for a while after that. */
  use<T>(work: () => Promise<T>, ms: number): Promise<{ readonly value: T } | undefined>
}

/** For all that one refresh reads from the store, and for each that it writes, in milliseconds. */
export const STORE_MS = 50
const FIRST_REST_MS = 1_000
const LONGEST_REST_MS = 30_000

const UNUSABLE =
  'The store cannot be used, so this process asks AuthSec itself for its token. Check the store.'

export function createStoreAccess(
  { clock }: Pick<TokenConfig, 'clock'>,
  warn: (code: 'token_store_unusable', message: string) => void,
): StoreAccess {
  let signal: AbortSignal | undefined
  let failures = 0
  let restsUntil = Number.NEGATIVE_INFINITY

  function failed(): void {
    if (failures === 0) warn('token_store_unusable', UNUSABLE)
    restsUntil = clock.monotonic() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** failures)
    failures += 1
  }

  return {
    until(next) {
      signal = next
    },
    async use(work, ms) {
      if (ms <= 0 || clock.monotonic() < restsUntil) return undefined
      const answer = work().then((value) => ({ value }))
      const options = { signal, keepAlive: false }
      try {
        const inTime =
          (await waitFor(answer, clock, ms, options)) ??
          // It may have come while this process was busy.
          (await Promise.race([answer, delay(clock, 0, options)]))
        if (inTime) failures = 0
        // What got little time because others took it says nothing about the store.
        else if (ms > STORE_MS / 2) failed()
        return inTime ?? undefined
      } catch {
        signal?.throwIfAborted()
        failed()
        return undefined
      }
    },
  }
}

/** Warnings that come at most once a minute each: what causes them can happen with each refresh. */
export function rareWarnings<Code extends 'token_store_unusable' | 'stored_token_ignored'>(
  { clock }: Pick<TokenConfig, 'clock'>,
  emit: Emit,
): (code: Code, message: string) => void {
  const said = new Map<Code, number>()
  return (code, message) => {
    const last = said.get(code) ?? Number.NEGATIVE_INFINITY
    if (clock.monotonic() - last < 60_000) return
    said.set(code, clock.monotonic())
    emit({ type: 'warning', code, message })
  }
}
