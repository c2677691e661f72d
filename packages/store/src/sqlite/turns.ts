import type { Clock } from '@authsec/core'
import { delay } from '@authsec/core/adapter'
import type { Database } from './database.ts'
import { isBusy, sqliteError } from './sqlite-errors.ts'

/** Runs work when no other process writes. Rejects with a `ConfigError`, at the latest when the time is up. */
export type InTurn = <T>(work: () => T) => Promise<T>

const LEAST_PAUSE_MS = 1
const MOST_PAUSE_MS = 8

/** Waits between attempts without holding up the event loop, as SQLite itself would. */
export function createTurns(database: Database, timeoutMs: number, clock: Clock): InTurn {
  return async (work) => {
    const end = clock.monotonic() + timeoutMs
    for (;;) {
      try {
        database.check()
        return work()
      } catch (error) {
        if (!isBusy(error) || clock.monotonic() >= end) throw sqliteError(error)
      }
      // By chance, so that those who wait do not meet again.
      const pause = LEAST_PAUSE_MS + Math.random() * (MOST_PAUSE_MS - LEAST_PAUSE_MS)
      await delay(clock, Math.min(pause, end - clock.monotonic()))
    }
  }
}
